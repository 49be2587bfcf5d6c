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
    SVAC2_ERR_LIMIT,       /* more pixels than the caller allows */
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
    SVAC2_SUBSAMPLING_444
} svac2_subsampling;

/* Called on the calling thread only. A non-zero return cancels the call. */
typedef int (*svac2_progress)(void *user, uint32_t done, uint32_t total);

/* Interleaved 8-bit samples: 1 (grey) or 3 (R, G, B) channels, rows `stride` bytes apart
 * (negative strides are allowed). */
typedef struct svac2_image {
    const uint8_t *data;
    ptrdiff_t stride;
    uint32_t width, height, channels;
} svac2_image;

typedef struct svac2_encode_options {
    int32_t qp;              /* 0..63, quantiser step 2^(qp/8) on the 8-bit scale */
    int32_t effort;          /* 1..9 */
    int32_t subsampling;     /* svac2_subsampling */
    int32_t threads;         /* 1..64 */
    int32_t checksum;        /* 0 or 1 */
    uint32_t cpu_mask;       /* SVAC2_CPU_* bits that may be used */
    svac2_progress progress; /* may be NULL */
    void *progress_user;
    uint8_t *reconstruction; /* NULL, or room for width*height*channels bytes: what a decoder will
                                output */
} svac2_encode_options;

typedef struct svac2_decode_options {
    int32_t threads;     /* 1..64 */
    int32_t verify;      /* 1: check the checksum where there is one */
    uint64_t max_pixels; /* refuse pictures with more pixels; 0: no limit but the format's */
    uint32_t cpu_mask;
    svac2_progress progress;
    void *progress_user;
} svac2_decode_options;

typedef struct svac2_info {
    uint32_t width, height, channels;
    uint32_t version; /* of the bitstream */
    uint32_t qp;
    uint32_t subsampling;  /* svac2_subsampling, never AUTO */
    uint32_t bit_depth;    /* of the samples given to the encoder */
    uint32_t checksum;     /* 1 where the file carries one */
    uint32_t header_size;  /* bytes before the coded picture */
    uint64_t payload_size; /* bytes of the coded picture */
} svac2_info;

#define SVAC2_CPU_AVX2 (UINT32_C(1) << 0)
#define SVAC2_CPU_ALL UINT32_MAX
enum {
    SVAC2_MAX_DIMENSION = 65535,
    SVAC2_MAX_QP = 63,
    SVAC2_MAX_THREADS = 64,
    SVAC2_MAX_EFFORT = 9
};

/* CPU features found on this machine, SVAC2_CPU_* bits. */
uint32_t svac2_cpu_features(void);

/* Encode. On success *out holds *out_size bytes to be released with svac2_free. */
svac2_status svac2_encode(const svac2_image *image, const svac2_encode_options *options,
                          uint8_t **out, size_t *out_size, svac2_error *error);

/* Header only: data may be just the first bytes of a file. */
svac2_status svac2_read_info(const uint8_t *data, size_t size, svac2_info *info,
                             svac2_error *error);

/* Decode into info->height rows of info->width * info->channels bytes, `stride` bytes apart. *info
 * is what svac2_read_info found; a header of another size (the bytes have changed since) is
 * refused. */
svac2_status svac2_decode(const uint8_t *data, size_t size, const svac2_info *info,
                          const svac2_decode_options *options, uint8_t *pixels, ptrdiff_t stride,
                          svac2_error *error);

void svac2_free(void *pointer);

#ifdef __cplusplus
}
#endif
#endif
