/* Checksums of the file. */
#ifndef SVAC2_FORMAT_CHECKSUM_H
#define SVAC2_FORMAT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of ISO 3309, that of PNG and gzip. */
uint32_t sv_crc32(const uint8_t *bytes, size_t size);
/* CRC-16 of ITU-T V.41 (polynomial 1021, register set to ones): it finds any three changed bits,
 * and any run of 16, in as many bytes as headers have. */
uint16_t sv_crc16(const uint8_t *bytes, size_t size);

#endif
