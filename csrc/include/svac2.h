/* svac2: the public C interface.
 *
 * Thread safety: every call stands alone; no state is kept between calls. */
#ifndef SVAC2_H
#define SVAC2_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum svac2_status {
    SVAC2_OK = 0,
    SVAC2_ERR_ARGUMENT,    /* a value outside its range */
    SVAC2_ERR_UNSUPPORTED, /* a valid request that this version does not serve */
    SVAC2_ERR_MEMORY,      /* allocation refused */
    SVAC2_ERR_FORMAT,      /* not a svac2 file, or another format version */
    SVAC2_ERR_TRUNCATED,   /* the file ends early */
    SVAC2_ERR_CORRUPT,     /* the bytes contradict the format or the checksum */
    SVAC2_ERR_LIMIT,       /* more pixels or memory than the caller allows */
    SVAC2_ERR_MODEL,       /* a network's weights break its rules, or it is not the one asked for */
    SVAC2_ERR_CANCELLED    /* the progress callback asked to stop */
} svac2_status;

/* The one error channel: what went wrong and where, in one sentence. */
typedef struct svac2_error {
    svac2_status status;
    char message[256];
} svac2_error;

typedef enum svac2_subsampling {
    SVAC2_SUBSAMPLING_AUTO = 0,
    SVAC2_SUBSAMPLING_400,
    SVAC2_SUBSAMPLING_420,
    SVAC2_SUBSAMPLING_422,
    SVAC2_SUBSAMPLING_444
} svac2_subsampling;

/* Called on the calling thread only. A non-zero return cancels the call. */
typedef int (*svac2_progress)(void *user, uint32_t done, uint32_t total);

/* Interleaved samples: 1 (grey), 2 (grey, alpha), 3 (R, G, B) or 4 (R, G, B, alpha) channels, rows
 * `stride` bytes apart (negative strides are allowed). Alpha is straight: 0 where nothing is seen,
 * the largest sample where nothing shines through; colour is not multiplied by it. */
typedef struct svac2_image {
    const void *data; /* uint8_t where samples have 8 bits, else uint16_t, values in the low bits */
    ptrdiff_t stride;
    uint32_t width, height, channels;
    uint32_t bit_depth; /* of samples: 8, 10, 12, 14 or 16; larger ones count as the largest */
} svac2_image;

/* A network that restores decoded pictures, with integer weights: immutable, any threads may share
 * it. */
typedef struct svac2_model svac2_model;

/* What a weight file holds (docs/network.md). Each set of weights serves the qps around its own, a
 * whole one; all sets have the same layers, the last of which is the head. */
typedef struct svac2_model_arrays {
    uint64_t hash;               /* by which files name the model */
    int32_t planes;              /* luma, its prediction, luma before the loop filters: how many */
    int32_t views;               /* 1, 2, 4 or 8, of which the mean is taken */
    const int32_t *layers;       /* [layer][kernel side, outputs, sources, side of a cell] */
    const int32_t *qps;          /* [set], 0..SVAC2_MAX_QP / SVAC2_QP_ONE */
    const int16_t *weights;      /* [set][layer but the head][output][input][row][column] */
    const int32_t *biases;       /* [set][layer but the head][output] */
    const uint8_t *shifts;       /* like biases */
    const int16_t *head_weights; /* [set][head][sample of the cell][input] */
    const int32_t *head_biases;  /* [set][head][sample of the cell] */
    size_t layer_count, set_count, weight_count, bias_count, shift_count, head_weight_count,
        head_bias_count;
} svac2_model_arrays;

/* What a model may read: luma, its prediction, luma before the loop filters. */
enum { SVAC2_RESTORATION_PLANES = 3 };

/* Strength of restoration: SVAC2_STRENGTH_ONE is what the model was trained for. */
enum { SVAC2_STRENGTH_ONE = 32, SVAC2_STRENGTH_MAX = 64, SVAC2_STRENGTH_CODED = -1 };

typedef enum svac2_mode {
    SVAC2_MODE_NORMAL = 0, /* one layer */
    SVAC2_MODE_MULTISCALE, /* a smaller picture first, from which the whole one is predicted */
    SVAC2_MODE_AUTO        /* the one of the two that costs less */
} svac2_mode;

/* Quantisers (qp) are counted in units of 1 / SVAC2_QP_ONE: the step is 2^(qp / 64) on the scale of
 * 8 bits, 1 at qp 0, and doubles every eighth whole qp. The least qp is that at which the step is 1
 * in the image's own samples. */
enum { SVAC2_QP_ONE = 8, SVAC2_MAX_QP = 63 * SVAC2_QP_ONE, SVAC2_BASE_QP_CHOSEN = INT32_MIN };

/* In the place of alpha's quantiser: none, alpha is coded without loss. */
enum { SVAC2_ALPHA_LOSSLESS = INT32_MIN };
/* The largest error of samples that can be asked for. */
enum { SVAC2_MAX_ERROR = 511 };

/* What a file is made of beside its header. */
typedef enum svac2_item_type {
    SVAC2_ITEM_LAYER = 1, /* the colour of a layer */
    SVAC2_ITEM_ICC,       /* an ICC profile */
    SVAC2_ITEM_EXIF,      /* EXIF, from its TIFF header on */
    SVAC2_ITEM_XMP,       /* an XMP packet */
    SVAC2_ITEM_ALPHA,     /* the alpha of a layer */
    SVAC2_ITEM_LAST = SVAC2_ITEM_ALPHA
} svac2_item_type;

/* Metadata for a file: bytes that are stored as they are. */
typedef struct svac2_metadata {
    svac2_item_type type; /* SVAC2_ITEM_ICC..SVAC2_ITEM_XMP, each at most once */
    const uint8_t *data;
    size_t size; /* below 2^32 */
} svac2_metadata;

/* Code points of the picture's colour (ITU-T H.273): primaries, transfer characteristics, matrix
 * coefficients, 1 if the range is full. */
enum { SVAC2_CICP_SIZE = 4 };

typedef struct svac2_encode_options {
    int32_t qp; /* -64 * (bit_depth - 8)..SVAC2_MAX_QP, as all below, unless there is a target */
    uint64_t target_size; /* 0, or bytes that the file shall have at most */
    double target_psnr;   /* 0, or dB that the picture shall have at least, as decoders put it out;
                             its colour, if it has alpha */
    int32_t lossless;  /* 1: colour is coded without loss, and qp and targets do not matter; or */
    int32_t max_error; /* with samples that differ by 0..SVAC2_MAX_ERROR at most */
    int32_t alpha_qp;  /* SVAC2_ALPHA_LOSSLESS, or of alpha */
    int32_t exact;     /* 1: keeps the colour of pixels whose alpha is 0; 0: may replace it */
    int32_t mode;      /* svac2_mode */
    int32_t base_log2_scale; /* of the base layer, 1..3: it has 1 / 2^base_log2_scale of the size */
    int32_t base_qp;         /* of the base layer; SVAC2_BASE_QP_CHOSEN: as rate and error say */
    int32_t effort;          /* 1..9 */
    int32_t subsampling;     /* svac2_subsampling */
    int32_t threads;         /* 1..64 */
    int32_t checksum;        /* 0 or 1 */
    uint32_t cpu_mask;       /* SVAC2_CPU_* bits that may be used */
    svac2_progress progress; /* may be NULL */
    void *progress_user;
    const svac2_model *model; /* that decoders shall restore luma with; NULL: no restoration */
    const svac2_metadata *metadata; /* metadata_count items */
    size_t metadata_count;
    int32_t has_cicp; /* 1: the file says that the colour is that of */
    uint8_t cicp[SVAC2_CICP_SIZE];
    void *reconstruction; /* NULL, or room for width*height*channels samples: what a decoder will
                             output */
} svac2_encode_options;

typedef struct svac2_decode_options {
    int32_t threads;     /* 1..64 */
    int32_t verify;      /* 1: check the checksums where there are any */
    uint64_t max_pixels; /* refuse pictures with more pixels; 0: no limit but the format's */
    uint64_t max_memory; /* refuse pictures that take more bytes to decode; 0: no limit */
    uint32_t cpu_mask;
    svac2_progress progress;
    void *progress_user;
    const svac2_model *model; /* needed where luma is restored */
    int32_t strength;  /* of luma's restoration: SVAC2_STRENGTH_CODED, as the file says, which must
                          name the model then; or 1..SVAC2_STRENGTH_MAX, whatever the file says.
                          Chroma is restored as the file says. 0: neither is */
    uint32_t layer;    /* to be decoded: 0..layer_count - 1 */
    uint32_t channels; /* of the output: 0, those of the file; 1 or 2 of grey, 3 or 4 of any. Where
                          alpha is dropped, the picture is composed over */
    uint16_t background[3]; /* in samples of the image, the first one for grey */
    uint16_t *planes; /* NULL, or room for [SVAC2_RESTORATION_PLANES][height][width] samples of 10
                         bits: what restoration can read */
} svac2_decode_options;

typedef struct svac2_enhance_options {
    const svac2_model *model;
    int32_t qp;       /* that the picture was coded with */
    int32_t strength; /* 0..SVAC2_STRENGTH_MAX */
    int32_t threads;
    uint32_t cpu_mask;
} svac2_enhance_options;

/* Layers are stored base first; each is predicted from the one before it. */
typedef struct svac2_layer {
    uint32_t width, height; /* 1 / 2^log2_scale of the picture's, rounded up */
    uint32_t log2_scale;
    int32_t qp;             /* where colour is not */
    uint32_t lossless;      /* 1: its colour is, or near so */
    uint64_t offset, size;  /* its bytes in the file, all parts and checksums */
    uint64_t memory;        /* bytes that decoding takes at most, on one thread, output included; */
    uint64_t thread_memory; /* and on each further one */
} svac2_layer;

/* Of unknown types, too. The size of a layer, above, counts checksums; that of an item does not. */
typedef struct svac2_item {
    uint32_t type;         /* svac2_item_type, or one that this version does not know */
    uint32_t checked;      /* 1 where SVAC2_ITEM_CHECKSUM bytes follow its content */
    uint64_t offset, size; /* its content in the file */
} svac2_item;

/* SVAC2_HEADER_START: bytes from which svac2_header_size knows how many the header has. */
enum {
    SVAC2_MAX_LAYERS = 2,
    SVAC2_MAX_ITEMS = 64,
    SVAC2_ITEM_CHECKSUM = 4,
    SVAC2_HEADER_START = 6,
    SVAC2_MAX_HEADER = 1024
};

typedef struct svac2_info {
    uint32_t width, height, channels;
    uint32_t version;     /* of the bitstream */
    int32_t qp;           /* of the last layer */
    uint32_t lossless;    /* 1 where the last layer's colour is, or near so: its samples */
    uint32_t max_error;   /* differ by so much at most */
    int32_t alpha_qp;     /* of its alpha, or SVAC2_ALPHA_LOSSLESS */
    uint32_t subsampling; /* svac2_subsampling, never AUTO */
    uint32_t bit_depth;   /* of the samples given to the encoder */
    uint32_t checksum;    /* 1 where the layers carry one */
    uint32_t enhanced;    /* 1 where the file names a model, by its */
    uint64_t model_hash;
    uint32_t strength; /* of restoration, units of 1 / SVAC2_STRENGTH_ONE */
    uint32_t has_cicp; /* 1 where the file says what the colour is: */
    uint8_t cicp[SVAC2_CICP_SIZE];
    uint32_t header_size; /* bytes before the first layer */
    uint64_t file_size;
    uint32_t layer_count;                 /* 1 in normal mode */
    svac2_layer layers[SVAC2_MAX_LAYERS]; /* the last one has the whole size */
    uint32_t item_count;
    svac2_item items[SVAC2_MAX_ITEMS]; /* in their order in the file, layers first */
} svac2_info;

#define SVAC2_CPU_AVX2 (UINT32_C(1) << 0)
#define SVAC2_CPU_AVX512_VNNI (UINT32_C(1) << 1)
#define SVAC2_CPU_ALL UINT32_MAX
enum {
    SVAC2_MAX_DIMENSION = 65535,
    SVAC2_MAX_THREADS = 64,
    SVAC2_MEMORY_PER_THREAD = 1 << 20,  /* stack */
    SVAC2_MEMORY_OF_NETWORK = 15 << 18, /* lines of a network like `guided`, in a thread */
    SVAC2_MAX_EFFORT = 9,
    SVAC2_MAX_PSNR = 120 /* that can be a target */
};

/* CPU features found on this machine, SVAC2_CPU_* bits. */
uint32_t svac2_cpu_features(void);

/* Bytes that encoding takes at most, beyond the image, whose pixels are not looked at: of valid
 * sizes and options. */
uint64_t svac2_encode_memory(const svac2_image *image, const svac2_encode_options *options);

/* Encode. On success *out holds *out_size bytes to be released with svac2_free. */
svac2_status svac2_encode(const svac2_image *image, const svac2_encode_options *options,
                          uint8_t **out, size_t *out_size, svac2_error *error);

/* How many bytes the header has, from the first SVAC2_HEADER_START of them: for readers of streams,
 * who must not read too far. */
svac2_status svac2_header_size(const uint8_t *data, size_t size, size_t *header_size,
                               svac2_error *error);

/* Header only: data may be just the first bytes of a file. */
svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info,
                             svac2_error *error);

/* Whether an item's content, of item->size bytes and its checksum, is as it was written. */
svac2_status svac2_check_item(const uint8_t *content, const svac2_item *item, svac2_error *error);

/* Decode a layer into rows of its width * channels samples like those of an svac2_image of
 * info->bit_depth, `stride` bytes apart; the bytes of what comes after it need not be there. *info
 * is what svac2_read_info found; a header of another size (the bytes have changed since) is
 * refused. Only the last layer is restored. */
svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, void *pixels, ptrdiff_t stride,
                          svac2_error *error);

/* Checks the arrays and copies what is needed of them; release with svac2_model_destroy. */
svac2_status svac2_model_create(const svac2_model_arrays *arrays, svac2_model **model,
                                svac2_error *error);
void svac2_model_destroy(svac2_model *model);

/* Restores the luma of a decoded image into another of the same kind, by a model that reads nothing
 * else. */
svac2_status svac2_enhance(const svac2_image *image, const svac2_enhance_options *options,
                           void *pixels, ptrdiff_t stride, svac2_error *error);

/* The same on 10 bits, rows packed: [plane][height][width], as many planes as the model reads. What
 * the tests of exactness compare. */
svac2_status svac2_restore_luma(const uint16_t *planes, uint32_t width, uint32_t height,
                                const svac2_enhance_options *options, uint16_t *restored,
                                svac2_error *error);

enum { SVAC2_CHROMA_FACTORS = 6 }; /* of a plane: [level][line, mean] */

/* Restores chroma: [Y, Cb, Cr][height][width] samples of 10 bits to [Cb, Cr][height][width], by the
 * factors [Cb, Cr][SVAC2_CHROMA_FACTORS] of docs/bitstream.md; for tests, too. */
svac2_status svac2_restore_chroma(const uint16_t *planes, uint32_t width, uint32_t height,
                                  const int8_t *factors, int32_t threads, uint32_t cpu_mask,
                                  uint16_t *restored, svac2_error *error);

void svac2_free(void *pointer);

#ifdef __cplusplus
}
#endif
#endif
