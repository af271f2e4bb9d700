// The functions of zlib (zlib.net/manual.html) that a project compresses with. Apple's SDK has the whole header.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define ZLIB_VERSION "1.2.12"
#define Z_NO_FLUSH 0
#define Z_FINISH 4
#define Z_OK 0
#define Z_DEFAULT_COMPRESSION (-1)

typedef unsigned char Bytef;
typedef unsigned int uInt;
typedef unsigned long uLong;
typedef void* voidpf;
typedef voidpf (*alloc_func)(voidpf opaque, uInt items, uInt size);
typedef void (*free_func)(voidpf opaque, voidpf address);
struct internal_state;

typedef struct z_stream_s {
  Bytef* next_in;
  uInt avail_in;
  uLong total_in;
  Bytef* next_out;
  uInt avail_out;
  uLong total_out;
  char* msg;
  struct internal_state* state;
  alloc_func zalloc;
  free_func zfree;
  voidpf opaque;
  int data_type;
  uLong adler;
  uLong reserved;
} z_stream, *z_streamp;

int deflateInit_(z_streamp strm, int level, const char* version, int stream_size);
#define deflateInit(strm, level) deflateInit_((strm), (level), ZLIB_VERSION, (int)sizeof(z_stream))
int deflate(z_streamp strm, int flush);
int deflateEnd(z_streamp strm);
uLong crc32(uLong crc, const Bytef* buf, uInt len);

#ifdef __cplusplus
}
#endif
