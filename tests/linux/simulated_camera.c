// A USB camera for programs that are started with LD_PRELOAD: /dev/video5 gives MJPG or YUYV with up to 1280 x 720 pixels
// and 30 frames a second. SIMULATED_CAMERA_PICTURE is a JPEG file of that size. SIMULATED_CAMERA_LOG gets a line for
// each format and number of buffers that the program asks for. With SIMULATED_CAMERA_SMALL it gives YUYV with up to
// 640 x 480 pixels only.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kWidth = 1280, kHeight = 720, kMostBuffers = 8, kBytes = 2 * kWidth * kHeight };

static int camera = -1;
static struct v4l2_pix_format format = {.width = 640, .height = 480, .pixelformat = V4L2_PIX_FMT_YUYV};
static unsigned char* memory[kMostBuffers];
static int queue[kMostBuffers], queued;
static unsigned char* picture;
static size_t picture_bytes;

static void say(const char* text) {
  FILE* log = fopen(getenv("SIMULATED_CAMERA_LOG"), "a");
  fputs(text, log);
  fclose(log);
}

static int open_camera(void) {
  FILE* file = fopen(getenv("SIMULATED_CAMERA_PICTURE"), "rb");
  picture = malloc(kBytes);
  picture_bytes = fread(picture, 1, kBytes, file);
  fclose(file);
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) return -1;  // always ready for select()
  return camera = ends[0];
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = va_arg(more, int);
  va_end(more);
  if (strcmp(path, "/dev/video5") == 0) return open_camera();
  return ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = va_arg(more, int);
  va_end(more);
  if (strcmp(path, "/dev/video5") == 0) return open_camera();
  return ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open64"))(path, flags, mode);
}

static void* map(const char* name, void* address, size_t size, int protection, int flags, int file, off_t offset) {
  void* (*real)(void*, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, name);
  if (file < 0 || file != camera) return real(address, size, protection, flags, file, offset);
  return memory[offset / kBytes] = real(NULL, size, protection | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  return map("mmap", address, size, protection, flags, file, offset);
}
void* mmap64(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  return map("mmap64", address, size, protection, flags, file, offset);
}

static int set_format(struct v4l2_format* wanted) {
  struct v4l2_pix_format* pix = &wanted->fmt.pix;
  const int is_small = getenv("SIMULATED_CAMERA_SMALL") != NULL;
  const unsigned width = is_small ? 640 : kWidth, height = is_small ? 480 : kHeight;
  const int is_jpeg = pix->pixelformat == V4L2_PIX_FMT_MJPEG && !is_small;
  if (!is_jpeg) pix->pixelformat = V4L2_PIX_FMT_YUYV;
  if (pix->width > width) pix->width = width;
  if (pix->height > height) pix->height = height;
  pix->field = V4L2_FIELD_NONE;
  pix->bytesperline = is_jpeg ? 0 : 2 * pix->width;
  pix->sizeimage = kBytes;
  format = *pix;
  char line[80];
  snprintf(line, sizeof line, "%s %u x %u\n", is_jpeg ? "MJPG" : "YUYV", pix->width, pix->height);
  say(line);
  return 0;
}

static int give_frame(struct v4l2_buffer* buffer) {
  usleep(33333);
  if (queued == 0) {
    errno = EAGAIN;
    return -1;
  }
  buffer->index = (unsigned)queue[0];
  buffer->length = kBytes;
  memmove(queue, queue + 1, (size_t)--queued * sizeof *queue);
  const int is_jpeg = format.pixelformat == V4L2_PIX_FMT_MJPEG;
  buffer->bytesused = is_jpeg ? (unsigned)picture_bytes : 2 * format.width * format.height;
  if (is_jpeg) memcpy(memory[buffer->index], picture, picture_bytes);
  return 0;
}

int ioctl(int file, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void* argument = va_arg(more, void*);
  va_end(more);
  if (file < 0 || file != camera) {
    return ((int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl"))(file, request, argument);
  }
  struct v4l2_buffer* buffer = argument;
  switch ((unsigned)request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability* can = argument;
      memset(can, 0, sizeof *can);
      strcpy((char*)can->driver, "simulated");
      can->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    }
    case VIDIOC_TRY_FMT:
    case VIDIOC_S_FMT:
      return set_format(argument);
    case VIDIOC_G_FMT:
      ((struct v4l2_format*)argument)->fmt.pix = format;
      return 0;
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: {
      struct v4l2_captureparm* parameters = &((struct v4l2_streamparm*)argument)->parm.capture;
      parameters->capability = V4L2_CAP_TIMEPERFRAME;
      parameters->timeperframe.numerator = 1;
      parameters->timeperframe.denominator = 30;
      return 0;
    }
    case VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers* wanted = argument;
      if (wanted->count > kMostBuffers) wanted->count = kMostBuffers;
      queued = 0;
      char line[40];
      snprintf(line, sizeof line, "%u buffers\n", wanted->count);
      if (wanted->count > 0) say(line);
      return 0;
    }
    case VIDIOC_QUERYBUF:
      buffer->length = kBytes;
      buffer->m.offset = buffer->index * kBytes;
      return 0;
    case VIDIOC_QBUF:
      queue[queued++] = (int)buffer->index;
      return 0;
    case VIDIOC_DQBUF:
      return give_frame(buffer);
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
      return 0;
    default:
      errno = EINVAL;
      return -1;
  }
}
