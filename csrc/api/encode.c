/* svac2_encode: the arguments, checked before anything is done. */
#include "api/check.h"
#include "api/verify.h"
#include "common/memory.h"
#include "enc/encoder.h"
#include "format/limits.h"
#include "format/quantiser.h"

/* One of qp and the targets. */
static svac2_status check_level(const svac2_image *image, const svac2_encode_options *options,
                                svac2_error *error)
{
    if (options->target_size > 0 && options->target_psnr != 0) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT,
                       "target_size and target_psnr are both given: they set the same thing");
    }
    if (!(options->target_psnr >= 0 && options->target_psnr <= SVAC2_MAX_PSNR)) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "target_psnr %g is outside 0..%d",
                       options->target_psnr, SVAC2_MAX_PSNR);
    }
    return options->target_size > 0 || options->target_psnr > 0
               ? SVAC2_OK
               : sv_check_range("qp", options->qp, sv_qp_min((int)image->bit_depth), SVAC2_MAX_QP,
                                error);
}

static svac2_status check_parts(const svac2_image *image, const svac2_encode_options *options,
                                svac2_error *error)
{
    SV_TRY(sv_check_range("lossless", options->lossless, 0, 1, error));
    SV_TRY(sv_check_range("max_error", options->max_error, 0,
                          options->lossless ? SVAC2_MAX_ERROR : 0, error));
    SV_TRY(sv_check_range("exact", options->exact, 0, 1, error));
    return options->alpha_qp == SVAC2_ALPHA_LOSSLESS
               ? SVAC2_OK
               : sv_check_range("alpha_qp", options->alpha_qp, sv_qp_min((int)image->bit_depth),
                                SVAC2_MAX_QP, error);
}

static svac2_status check_arguments(const svac2_image *image, const svac2_encode_options *options,
                                    svac2_error *error)
{
    SV_TRY(sv_check_image(image, error));
    SV_TRY(check_level(image, options, error));
    SV_TRY(check_parts(image, options, error));
    SV_TRY(sv_check_range("mode", options->mode, SVAC2_MODE_NORMAL, SVAC2_MODE_AUTO, error));
    SV_TRY(sv_check_range("base_log2_scale", options->base_log2_scale, 1, SV_SCALE_MAX, error));
    if (options->base_qp != SVAC2_BASE_QP_CHOSEN) {
        SV_TRY(sv_check_range("base_qp", options->base_qp, sv_qp_min((int)image->bit_depth),
                              SVAC2_MAX_QP, error));
    }
    SV_TRY(sv_check_range("effort", options->effort, 1, SVAC2_MAX_EFFORT, error));
    SV_TRY(sv_check_range("subsampling", options->subsampling, SVAC2_SUBSAMPLING_AUTO,
                          SVAC2_SUBSAMPLING_444, error));
    SV_TRY(sv_check_range("threads", options->threads, 1, SVAC2_MAX_THREADS, error));
    SV_TRY(sv_check_range("checksum", options->checksum, 0, 1, error));
    SV_TRY(sv_check_range("has_cicp", options->has_cicp, 0, 1, error));
    if (image->channels > 2 && options->subsampling == SVAC2_SUBSAMPLING_400) {
        return sv_fail(error, SVAC2_ERR_ARGUMENT, "subsampling 4:0:0 takes grey, not RGB");
    }
    return SVAC2_OK;
}

static svac2_status check_metadata(const svac2_encode_options *options, svac2_error *error)
{
    bool seen[SVAC2_ITEM_XMP + 1] = {false};
    for (size_t i = 0; i < options->metadata_count; i++) {
        const svac2_metadata *item = &options->metadata[i];
        int64_t type = item->type;
        SV_TRY(sv_check_range("type of metadata", type, SVAC2_ITEM_ICC, SVAC2_ITEM_XMP, error));
        if (seen[type]) {
            return sv_fail(error, SVAC2_ERR_ARGUMENT, "metadata of type %d is given twice",
                           (int)type);
        }
        seen[type] = true;
        if (item->data == NULL && item->size > 0) {
            return sv_fail(error, SVAC2_ERR_ARGUMENT, "metadata of type %d is NULL", (int)type);
        }
        if (item->size > UINT32_MAX) {
            return sv_fail(error, SVAC2_ERR_ARGUMENT, "%zu bytes of metadata are 2^32 or more",
                           item->size);
        }
    }
    return SVAC2_OK;
}

svac2_status svac2_encode(const svac2_image *image, const svac2_encode_options *options,
                          uint8_t **out, size_t *out_size, svac2_error *error)
{
    sv_env env;
    sv_bytes file = {NULL, 0};
    SV_TRY(check_arguments(image, options, error));
    SV_TRY(check_metadata(options, error));
    sv_env_init(&env, options->threads, options->cpu_mask, options->progress,
                options->progress_user);
    sv_env_expect(&env, sv_verification_work(image, options));
    SV_TRY(sv_encode(image, options, &env, &file, error));
    svac2_status status = sv_verify(file.data, file.size, image, options, &env, error);
    if (status == SVAC2_OK) {
        status = sv_env_finish(&env, error);
    }
    if (status != SVAC2_OK) {
        sv_free(file.data);
        return status;
    }
    *out = file.data;
    *out_size = file.size;
    return SVAC2_OK;
}
