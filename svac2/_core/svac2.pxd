# The C interface, csrc/include/svac2.h; the comments there say what each thing means.
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "include/svac2.h" nogil:
    ctypedef enum svac2_status:
        SVAC2_OK
        SVAC2_ERR_ARGUMENT
        SVAC2_ERR_UNSUPPORTED
        SVAC2_ERR_MEMORY
        SVAC2_ERR_FORMAT
        SVAC2_ERR_TRUNCATED
        SVAC2_ERR_CORRUPT
        SVAC2_ERR_LIMIT
        SVAC2_ERR_MODEL

    ctypedef struct svac2_error:
        svac2_status status
        char message[256]

    ctypedef enum svac2_subsampling:
        SVAC2_SUBSAMPLING_AUTO
        SVAC2_SUBSAMPLING_400
        SVAC2_SUBSAMPLING_420
        SVAC2_SUBSAMPLING_422
        SVAC2_SUBSAMPLING_444

    ctypedef enum svac2_mode:
        SVAC2_MODE_NORMAL
        SVAC2_MODE_MULTISCALE
        SVAC2_MODE_AUTO

    ctypedef int (*svac2_progress)(void *user, uint32_t done, uint32_t total) noexcept

    ctypedef struct svac2_image:
        const void *data
        Py_ssize_t stride
        uint32_t width
        uint32_t height
        uint32_t channels
        uint32_t bit_depth

    ctypedef struct svac2_model:
        pass

    ctypedef struct svac2_model_arrays:
        uint64_t hash
        int32_t planes
        int32_t views
        const int32_t *layers
        const int32_t *qps
        const int16_t *weights
        const int32_t *biases
        const uint8_t *shifts
        const int16_t *head_weights
        const int32_t *head_biases
        size_t layer_count
        size_t set_count
        size_t weight_count
        size_t bias_count
        size_t shift_count
        size_t head_weight_count
        size_t head_bias_count

    ctypedef enum svac2_item_type:
        SVAC2_ITEM_LAYER
        SVAC2_ITEM_ICC
        SVAC2_ITEM_EXIF
        SVAC2_ITEM_XMP
        SVAC2_ITEM_ALPHA

    ctypedef struct svac2_metadata:
        svac2_item_type type
        const uint8_t *data
        size_t size

    ctypedef struct svac2_encode_options:
        int32_t qp
        uint64_t target_size
        double target_psnr
        int32_t lossless
        int32_t max_error
        int32_t alpha_qp
        int32_t exact
        int32_t mode
        int32_t base_log2_scale
        int32_t base_qp
        int32_t effort
        int32_t subsampling
        int32_t threads
        int32_t checksum
        uint32_t cpu_mask
        svac2_progress progress
        void *progress_user
        const svac2_model *model
        const svac2_metadata *metadata
        size_t metadata_count
        int32_t has_cicp
        uint8_t[4] cicp # SVAC2_CICP_SIZE
        void *reconstruction

    ctypedef struct svac2_decode_options:
        int32_t threads
        int32_t verify
        uint64_t max_pixels
        uint64_t max_memory
        uint32_t cpu_mask
        svac2_progress progress
        void *progress_user
        const svac2_model *model
        int32_t strength
        uint32_t layer
        uint32_t channels
        uint16_t[3] background
        uint16_t *planes

    ctypedef struct svac2_enhance_options:
        const svac2_model *model
        int32_t qp
        int32_t strength
        int32_t threads
        uint32_t cpu_mask

    ctypedef struct svac2_layer:
        uint32_t width
        uint32_t height
        uint32_t log2_scale
        int32_t qp
        uint32_t lossless
        uint64_t offset
        uint64_t size
        uint64_t memory
        uint64_t thread_memory

    ctypedef struct svac2_item:
        uint32_t type
        uint32_t checked
        uint64_t offset
        uint64_t size

    ctypedef struct svac2_info:
        uint32_t width
        uint32_t height
        uint32_t channels
        uint32_t version
        int32_t qp
        uint32_t lossless
        uint32_t max_error
        int32_t alpha_qp
        uint32_t subsampling
        uint32_t bit_depth
        uint32_t checksum
        uint32_t enhanced
        uint64_t model_hash
        uint32_t strength
        uint32_t has_cicp
        uint8_t[4] cicp # SVAC2_CICP_SIZE
        uint32_t header_size
        uint64_t file_size
        uint32_t layer_count
        svac2_layer[2] layers # SVAC2_MAX_LAYERS
        uint32_t item_count
        svac2_item[64] items # SVAC2_MAX_ITEMS

    enum:
        SVAC2_BASE_QP_CHOSEN
        SVAC2_ALPHA_LOSSLESS
        SVAC2_MAX_ERROR
        SVAC2_QP_ONE
        SVAC2_MAX_PSNR
        SVAC2_RESTORATION_PLANES
        SVAC2_STRENGTH_ONE
        SVAC2_STRENGTH_MAX
        SVAC2_STRENGTH_CODED
        SVAC2_CPU_AVX2
        SVAC2_CPU_AVX512_VNNI
        SVAC2_CPU_ALL
        SVAC2_MAX_DIMENSION
        SVAC2_MAX_QP
        SVAC2_MAX_THREADS
        SVAC2_MAX_EFFORT
        SVAC2_HEADER_START
        SVAC2_CICP_SIZE
        SVAC2_ITEM_CHECKSUM

    uint32_t svac2_cpu_features()

    uint64_t svac2_encode_memory(const svac2_image *image, const svac2_encode_options *options)
    svac2_status svac2_encode(const svac2_image *image, const svac2_encode_options *options,
                              uint8_t **out, size_t *out_size, svac2_error *error)

    svac2_status svac2_header_size(const uint8_t *data, size_t size, size_t *header_size,
                                   svac2_error *error)

    svac2_status svac2_check_item(const uint8_t *content, const svac2_item *item,
                                  svac2_error *error)

    svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info,
                                 svac2_error *error)

    svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                              const svac2_decode_options *options, void *pixels,
                              Py_ssize_t stride, svac2_error *error)

    svac2_status svac2_model_create(const svac2_model_arrays *arrays, svac2_model **model,
                                    svac2_error *error)

    void svac2_model_destroy(svac2_model *model)

    svac2_status svac2_enhance(const svac2_image *image, const svac2_enhance_options *options,
                               void *pixels, Py_ssize_t stride, svac2_error *error)

    svac2_status svac2_restore_luma(const uint16_t *planes, uint32_t width, uint32_t height,
                                      const svac2_enhance_options *options, uint16_t *restored,
                                      svac2_error *error)

    enum:
        SVAC2_CHROMA_FACTORS

    svac2_status svac2_restore_chroma(const uint16_t *planes, uint32_t width, uint32_t height,
                                      const int8_t *factors, int32_t threads, uint32_t cpu_mask,
                                      uint16_t *restored, svac2_error *error)

    void svac2_free(void *pointer)
