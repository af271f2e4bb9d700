#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <memory>

#include "media/media.h"

// clang-format off
#include <cstdio>  // jpeglib.h wants it before itself
#include <jpeglib.h>
// clang-format on

#ifndef JCS_EXTENSIONS
#error "this is not libjpeg-turbo, whose pixels are OpenCV's: sudo apt install libjpeg-dev"
#endif

namespace media {
namespace {

using std::string_view_literals::operator""sv;

constexpr auto kExifMark = "Exif\0\0"sv;
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr png_uint_32 kLastChunk = 0x49454E44;  // IEND

constexpr std::int64_t kMostPixels = std::int64_t{1} << 30;  // of a picture, as in OpenCV

[[noreturn]] void reject(const std::string& library, bool is_cut) {
  if (is_cut) throw FileError("the picture is cut short. Copy the file again");
  throw FileError("the picture is damaged, or of a kind that " + library + " cannot read");
}

void check_size(std::int64_t width, std::int64_t height) {
  if (width * height <= kMostPixels) return;
  throw FileError("the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                  " pixels, more than 2^30");
}

// Both libraries call longjmp on an error, so a step must not own objects with destructors. Returns false after an
// error.
template <typename Step>
bool attempt(std::jmp_buf& back, Step step) {
  if (setjmp(back) != 0) return false;
  return step();
}

struct JpegErrors {
  jpeg_error_mgr manager;  // first: libjpeg knows this one only
  std::jmp_buf back;
};

void leave_jpeg(j_common_ptr jpeg) { std::longjmp(reinterpret_cast<JpegErrors*>(jpeg->err)->back, 1); }
void say_nothing(j_common_ptr) {}

// A file in memory. If it ends too early, reading stops, as in cv2.imdecode; libjpeg itself would fill with grey.
struct JpegBytes {
  explicit JpegBytes(const Bytes& bytes) {
    manager.next_input_byte = bytes.data();
    manager.bytes_in_buffer = bytes.size();
    manager.init_source = [](j_decompress_ptr) {};
    manager.fill_input_buffer = &stop;
    manager.skip_input_data = &skip;
    manager.resync_to_restart = &jpeg_resync_to_restart;
    manager.term_source = [](j_decompress_ptr) {};
  }

  static boolean stop(j_decompress_ptr jpeg) {
    reinterpret_cast<JpegBytes*>(jpeg->src)->is_cut = true;
    return FALSE;
  }
  static void skip(j_decompress_ptr jpeg, long count) {
    jpeg_source_mgr& source = *jpeg->src;
    const std::size_t bytes = std::min(source.bytes_in_buffer, static_cast<std::size_t>(std::max(count, 0L)));
    source.next_input_byte += bytes;
    source.bytes_in_buffer -= bytes;
  }

  jpeg_source_mgr manager{};  // first: libjpeg knows this one only
  bool is_cut = false;
};

// A compressor or decompressor of libjpeg.
template <typename Object, void (*destroy)(Object*)>
struct Jpeg {
  Jpeg() {
    object.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = &leave_jpeg;
    errors.manager.output_message = &say_nothing;
  }
  ~Jpeg() { destroy(&object); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  Object object{};
  JpegErrors errors{};
};

std::string_view exif_of(const jpeg_decompress_struct& jpeg) {
  for (const jpeg_marker_struct* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == kExifMarker && data.substr(0, kExifMark.size()) == kExifMark) {
      return data.substr(kExifMark.size());
    }
  }
  return {};
}

// Adobe stores CMYK inverted. The arithmetic is OpenCV's.
void cmyk_to_bgr(const unsigned char* cmyk, unsigned char* bgr, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, bgr += 3) {
    for (int i = 0; i < 3; ++i) {
      bgr[2 - i] = static_cast<unsigned char>(cmyk[3] - (((255 - cmyk[i]) * cmyk[3]) >> 8));
    }
  }
}

[[noreturn]] void leave_png(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void pass_over(png_structp, png_const_charp) {}

struct PngReader {
  PngReader() : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave_png, &pass_over)) {
    if (png != nullptr) info = png_create_info_struct(png);
    if (png != nullptr) end = png_create_info_struct(png);
    if (info == nullptr || end == nullptr) throw std::bad_alloc();
  }
  ~PngReader() { png_destroy_read_struct(&png, &info, &end); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // EXIF data is before the pixels or behind them.
  std::string_view exif() const {
    png_bytep data = nullptr;
    png_uint_32 size = 0;
#ifdef PNG_eXIf_SUPPORTED
    if (png_get_eXIf_1(png, info, &size, &data) == 0) png_get_eXIf_1(png, end, &size, &data);
#endif
    return data == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
  }

  png_structp png;
  png_infop info = nullptr, end = nullptr;  // the chunks before and behind the pixels
};

struct PngBytes {
  const Bytes& file;
  std::size_t place = 0;
  bool is_cut = false;
};

void read_png(png_structp png, png_bytep data, png_size_t size) {
  auto& bytes = *static_cast<PngBytes*>(png_get_io_ptr(png));
  bytes.is_cut = size > bytes.file.size() - bytes.place;
  if (bytes.is_cut) png_error(png, "cut short");
  std::copy_n(bytes.file.begin() + static_cast<std::ptrdiff_t>(bytes.place), size, data);
  bytes.place += size;
}

// Asks for 8-bit BGR, whatever the file has.
bool begin_png(const PngReader& reader, PngBytes& bytes) {
  png_structp png = reader.png;
  png_set_read_fn(png, &bytes, &read_png);
  png_read_info(png, reader.info);
  const int colour = png_get_color_type(png, reader.info);
  if (png_get_bit_depth(png, reader.info) == 16) png_set_strip_16(png);
  png_set_strip_alpha(png);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if ((colour & PNG_COLOR_MASK_COLOR) != 0) {
    png_set_bgr(png);
  } else {
    if (png_get_bit_depth(png, reader.info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  return png_get_rowbytes(png, reader.info) == std::size_t{3} * png_get_image_width(png, reader.info);
}

void append(png_structp png, png_bytep data, png_size_t size) {
  auto& bytes = *static_cast<Bytes*>(png_get_io_ptr(png));
  bool is_full = false;
  try {
    bytes.insert(bytes.end(), data, data + size);
  } catch (const std::bad_alloc&) {
    is_full = true;  // no jump out of here: the exception would never end
  }
  if (is_full) png_error(png, "no memory");
}

bool write_png(png_structp png, png_infop info, const cv::Mat& picture, Bytes& bytes) {
  const bool is_grey = picture.channels() == 1, is_fine = picture.depth() == CV_16U;
  png_set_write_fn(png, &bytes, &append, nullptr);
  // OpenCV's choice: fast, and nearly as small for photos.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_level(png, 1);
  png_set_compression_strategy(png, 3);  // zlib's Z_RLE
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.cols), static_cast<png_uint_32>(picture.rows),
               is_fine ? 16 : 8, is_grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (!is_grey) png_set_bgr(png);
  if (is_fine) png_set_swap(png);  // the file has the high byte first
  for (int y = 0; y < picture.rows; ++y) png_write_row(png, picture.ptr(y));
  png_write_end(png, info);
  return true;
}

}  // namespace

Picture decode_jpeg(const Bytes& file) {
  JpegBytes source(file);
  Jpeg<jpeg_decompress_struct, jpeg_destroy_decompress> reader;
  jpeg_decompress_struct& jpeg = reader.object;
  const auto must = [&](auto step) {
    if (!attempt(reader.errors.back, step)) reject("libjpeg", source.is_cut);
  };
  must([&] {
    jpeg_create_decompress(&jpeg);
    jpeg.src = &source.manager;
    jpeg_save_markers(&jpeg, kExifMarker, 0xFFFF);
    if (jpeg_read_header(&jpeg, TRUE) != JPEG_HEADER_OK) return false;
    jpeg.out_color_space = jpeg.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
    return true;
  });
  const int width = static_cast<int>(jpeg.image_width), height = static_cast<int>(jpeg.image_height);
  check_size(width, height);
  must([&] { return jpeg_start_decompress(&jpeg) != 0; });  // of a progressive file: memory for the whole picture
  Picture picture;
  picture.pixels.create(height, width, CV_8UC3);
  picture.orientation = orientation_of(exif_of(jpeg));
  const bool is_cmyk = jpeg.out_color_space == JCS_CMYK;
  Bytes cmyk(is_cmyk ? std::size_t{4} * jpeg.image_width : 0);
  for (int y = 0; y < height; ++y) {
    JSAMPROW row = is_cmyk ? cmyk.data() : picture.pixels.ptr(y);
    must([&] { return jpeg_read_scanlines(&jpeg, &row, 1) == 1; });
    if (is_cmyk) cmyk_to_bgr(cmyk.data(), picture.pixels.ptr(y), width);
  }
  return picture;  // OpenCV also ignores the bytes after the last row
}

Picture decode_png(const Bytes& file) {
  PngBytes bytes{file};
  PngReader reader;
  const auto attempted = [&](auto step) { return attempt(png_jmpbuf(reader.png), step); };
  if (!attempted([&] { return begin_png(reader, bytes); })) reject("libpng", bytes.is_cut);
  const int width = static_cast<int>(png_get_image_width(reader.png, reader.info));
  const int height = static_cast<int>(png_get_image_height(reader.png, reader.info));
  check_size(width, height);
  Picture picture;
  picture.pixels.create(height, width, CV_8UC3);
  std::vector<png_bytep> rows;
  for (int y = 0; y < height; ++y) rows.push_back(picture.pixels.ptr(y));
  if (!attempted([&] { return png_read_image(reader.png, rows.data()), true; })) reject("libpng", bytes.is_cut);
  // OpenCV ignores the checksum of the last chunk.
  const bool has_end = attempted([&] { return png_read_end(reader.png, reader.end), true; });
  if (!has_end && (bytes.is_cut || png_get_io_chunk_type(reader.png) != kLastChunk)) reject("libpng", bytes.is_cut);
  picture.orientation = orientation_of(reader.exif());
  return picture;
}

Bytes encode_jpeg(const cv::Mat& bgr, int quality) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  bool is_written = false;
  {
    Jpeg<jpeg_compress_struct, jpeg_destroy_compress> writer;
    jpeg_compress_struct& jpeg = writer.object;
    is_written = attempt(writer.errors.back, [&] {
      jpeg_create_compress(&jpeg);
      jpeg_mem_dest(&jpeg, &bytes, &size);
      jpeg.image_width = static_cast<JDIMENSION>(bgr.cols);
      jpeg.image_height = static_cast<JDIMENSION>(bgr.rows);
      jpeg.input_components = 3;
      jpeg.in_color_space = JCS_EXT_BGR;
      jpeg_set_defaults(&jpeg);
      jpeg_set_quality(&jpeg, quality, TRUE);
      jpeg_start_compress(&jpeg, TRUE);
      for (int y = 0; y < bgr.rows; ++y) {
        JSAMPROW row = const_cast<JSAMPROW>(bgr.ptr(y));
        jpeg_write_scanlines(&jpeg, &row, 1);
      }
      jpeg_finish_compress(&jpeg);
      return true;
    });
    // libjpeg moves the bytes as they grow, and returns their place only now.
    if (!is_written && jpeg.dest != nullptr) jpeg.dest->term_destination(&jpeg);
  }
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, &std::free);
  if (!is_written) throw FileError("libjpeg cannot encode it");
  return {bytes, bytes + size};
}

Bytes encode_png(const cv::Mat& picture) {
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave_png, &pass_over);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  const bool is_written =
      info != nullptr && attempt(png_jmpbuf(png), [&] { return write_png(png, info, picture, bytes); });
  png_destroy_write_struct(&png, &info);
  if (!is_written) throw FileError("libpng cannot encode it");
  return bytes;
}

}  // namespace media
