#include "entropy/residual_site.h"

#include <string.h>

#include "common/memory.h"

svac2_status sv_residual_models_create(sv_residual_models *models, bool all,
                                       const sv_logistic *logistic, svac2_error *error)
{
    const size_t counters = SV_RESIDUAL_CONTEXTS * SV_RESIDUAL_NODES;
    const size_t corrections = SV_RESIDUAL_CORRECTIONS * SV_RESIDUAL_NODES;
    memset(models, 0, sizeof *models);
    models->all = all;
    models->counters[0] = sv_alloc(SV_RESIDUAL_MODELS * counters, sizeof(sv_counter));
    models->corrections[0] = sv_alloc(SV_CORRECTIONS * corrections, sizeof(sv_correction));
    if (models->counters[0] == NULL || models->corrections[0] == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for models of residuals");
    }
    for (int i = 1; i < SV_RESIDUAL_MODELS; i++) {
        models->counters[i] = models->counters[i - 1] + counters;
    }
    for (int i = 1; i < SV_CORRECTIONS; i++) {
        models->corrections[i] = models->corrections[i - 1] + corrections;
    }
    sv_counters_init(models->counters[0], SV_RESIDUAL_MODELS * counters);
    sv_corrections_init(logistic, models->corrections[0], SV_CORRECTIONS * corrections);
    sv_mixes_init(models->mixes, SV_RESIDUAL_NODES,
                  all ? SV_RESIDUAL_MODELS : SV_RESIDUAL_MODELS_FEW);
    return SVAC2_OK;
}

void sv_residual_models_destroy(sv_residual_models *models)
{
    sv_free(models->counters[0]);
    sv_free(models->corrections[0]);
    models->counters[0] = NULL;
    models->corrections[0] = NULL;
}
