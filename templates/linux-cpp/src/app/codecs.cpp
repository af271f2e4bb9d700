#include <png.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csetjmp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "app/pictures.h"

// clang-format off
#include <cstdio>  // jpeglib.h wants it before itself
#include <jpeglib.h>
// clang-format on

#ifndef JCS_EXTENSIONS
#error "this is not libjpeg-turbo, whose pixels are OpenCV's: sudo apt install libjpeg-dev"
#endif

namespace app {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::int64_t kMostPixels = std::int64_t{1} << 30;  // as OpenCV has it
constexpr int kJpegQuality = 95;                             // as OpenCV has it
constexpr auto kExifMark = "Exif\0\0"sv;
constexpr int kExifMarker = JPEG_APP0 + 1;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open(const std::string& path) {
  File file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) throw std::runtime_error("the file cannot be read");
  return file;
}

[[noreturn]] void damaged(const char* library) {
  throw std::runtime_error(std::string("the picture is damaged, or of a kind that ") + library + " cannot read");
}

void check_size(std::int64_t width, std::int64_t height) {
  if (width * height <= kMostPixels) return;
  throw std::runtime_error("the picture has " + std::to_string(width) + " x " + std::to_string(height) +
                           " pixels, more than 2^30");
}

// The orientation that EXIF data (a TIFF header and its first directory) names; up where it names none.
vision::Orientation orientation_of(std::string_view exif) {
  constexpr std::size_t kEntryBytes = 12, kHeaderBytes = 8;
  constexpr unsigned kTiff = 42, kOrientationTag = 0x0112;
  const bool little = exif.substr(0, 2) == "II";
  if (exif.size() < kHeaderBytes || (!little && exif.substr(0, 2) != "MM")) return vision::Orientation::kUp;
  const auto number = [&](std::size_t offset, std::size_t bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes && offset + i < exif.size(); ++i) {
      const std::size_t byte = static_cast<unsigned char>(exif[offset + i]);
      value |= byte << (8 * (little ? i : bytes - 1 - i));
    }
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (number(2, 2) != kTiff || directory > exif.size()) return vision::Orientation::kUp;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > exif.size()) break;
    const std::size_t value = number(entry + 8, 2);
    if (number(entry, 2) == kOrientationTag && value >= 1 && value <= 8) return static_cast<vision::Orientation>(value);
  }
  return vision::Orientation::kUp;
}

// Both libraries leave by longjmp when they fail. Nothing with a destructor lives between there and here.
struct JpegErrors {
  jpeg_error_mgr manager;  // first: libjpeg knows this one only
  std::jmp_buf back;
};

void leave_jpeg(j_common_ptr jpeg) { std::longjmp(reinterpret_cast<JpegErrors*>(jpeg->err)->back, 1); }
void say_nothing(j_common_ptr) {}

jpeg_error_mgr* silent(JpegErrors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = &leave_jpeg;
  errors.manager.output_message = &say_nothing;
  return &errors.manager;
}

class JpegReader {
 public:
  JpegReader() { jpeg_.err = silent(errors_); }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // The size is known from here on.
  bool open(std::FILE* file) {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_stdio_src(&jpeg_, file);
    jpeg_save_markers(&jpeg_, kExifMarker, 0xFFFF);
    jpeg_read_header(&jpeg_, TRUE);
    jpeg_.out_color_space = jpeg_.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
    return true;
  }

  // Of a progressive file this takes memory for the whole picture.
  bool start() {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_start_decompress(&jpeg_);
    return true;
  }

  bool next_row(JSAMPROW row) {
    if (setjmp(errors_.back) != 0) return false;
    return jpeg_read_scanlines(&jpeg_, &row, 1) == 1;
  }

  bool finish() {
    if (setjmp(errors_.back) != 0) return false;
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  bool is_cmyk() const { return jpeg_.out_color_space == JCS_CMYK; }
  int width() const { return static_cast<int>(jpeg_.image_width); }
  int height() const { return static_cast<int>(jpeg_.image_height); }

  std::string_view exif() const {
    for (const jpeg_marker_struct* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
      const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
      if (marker->marker == kExifMarker && data.substr(0, kExifMark.size()) == kExifMark) {
        return data.substr(kExifMark.size());
      }
    }
    return {};
  }

 private:
  jpeg_decompress_struct jpeg_{};
  JpegErrors errors_{};
};

// Inverted, as Adobe writes it, and by OpenCV's arithmetic.
void cmyk_to_bgr(const unsigned char* cmyk, unsigned char* bgr, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, bgr += 3) {
    for (int i = 0; i < 3; ++i) {
      bgr[2 - i] = static_cast<unsigned char>(cmyk[3] - (((255 - cmyk[i]) * cmyk[3]) >> 8));
    }
  }
}

[[noreturn]] void leave_png(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void pass_over(png_structp, png_const_charp) {}

class PngReader {
 public:
  PngReader() : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave_png, &pass_over)) {
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (png_ != nullptr) end_ = png_create_info_struct(png_);
    if (info_ == nullptr || end_ == nullptr) throw std::bad_alloc();
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, &end_); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool start(std::FILE* file) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_init_io(png_, file);
    png_read_info(png_, info_);
    const int colour = png_get_color_type(png_, info_);
    if (png_get_bit_depth(png_, info_) == 16) png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if ((colour & PNG_COLOR_MASK_COLOR) != 0) {
      png_set_bgr(png_);
    } else {
      if (png_get_bit_depth(png_, info_) < 8) png_set_expand_gray_1_2_4_to_8(png_);
      png_set_gray_to_rgb(png_);
    }
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return png_get_rowbytes(png_, info_) == std::size_t{3} * png_get_image_width(png_, info_);
  }

  bool finish(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, end_);
    return true;
  }

  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }

  // It may stand before the pixels or behind them.
  std::string_view exif() const {
    png_bytep data = nullptr;
    png_uint_32 size = 0;
#ifdef PNG_eXIf_SUPPORTED
    if (png_get_eXIf_1(png_, info_, &size, &data) == 0) png_get_eXIf_1(png_, end_, &size, &data);
#endif
    return data == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
  }

 private:
  png_structp png_;
  png_infop info_ = nullptr, end_ = nullptr;
};

class JpegWriter {
 public:
  JpegWriter() { jpeg_.err = silent(errors_); }
  ~JpegWriter() {
    jpeg_destroy_compress(&jpeg_);
    std::free(bytes_);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  bool encode(const cv::Mat& bgr) {
    if (setjmp(errors_.back) != 0) {
      // Only now does libjpeg say where the bytes are that it has moved while they grew.
      if (jpeg_.dest != nullptr) jpeg_.dest->term_destination(&jpeg_);
      return false;
    }
    jpeg_create_compress(&jpeg_);
    jpeg_mem_dest(&jpeg_, &bytes_, &size_);
    jpeg_.image_width = static_cast<JDIMENSION>(bgr.cols);
    jpeg_.image_height = static_cast<JDIMENSION>(bgr.rows);
    jpeg_.input_components = 3;
    jpeg_.in_color_space = JCS_EXT_BGR;
    jpeg_set_defaults(&jpeg_);
    jpeg_set_quality(&jpeg_, kJpegQuality, TRUE);
    jpeg_start_compress(&jpeg_, TRUE);
    for (int y = 0; y < bgr.rows; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(bgr.ptr(y));
      jpeg_write_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_compress(&jpeg_);
    return true;
  }

  std::vector<unsigned char> bytes() const { return {bytes_, bytes_ + size_}; }

 private:
  jpeg_compress_struct jpeg_{};
  JpegErrors errors_{};
  unsigned char* bytes_ = nullptr;
  unsigned long size_ = 0;
};

void append(png_structp png, png_bytep data, png_size_t size) {
  auto& bytes = *static_cast<std::vector<unsigned char>*>(png_get_io_ptr(png));
  bool is_full = false;
  try {
    bytes.insert(bytes.end(), data, data + size);
  } catch (const std::bad_alloc&) {
    is_full = true;  // no jump out of here: the exception would never end
  }
  if (is_full) png_error(png, "no memory");
}

bool write_png(png_structp png, png_infop info, const cv::Mat& bgr, std::vector<unsigned char>& bytes) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_write_fn(png, &bytes, &append, nullptr);
  // Fast, and for drawn-in photos nearly as small: OpenCV's choice.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_level(png, 1);
  png_set_compression_strategy(png, 3);  // zlib's Z_RLE
  png_set_IHDR(png, info, static_cast<png_uint_32>(bgr.cols), static_cast<png_uint_32>(bgr.rows), 8, PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  png_set_bgr(png);
  for (int y = 0; y < bgr.rows; ++y) png_write_row(png, bgr.ptr(y));
  png_write_end(png, info);
  return true;
}

}  // namespace

Codec codec_of_content(std::string_view head) {
  if (head.substr(0, 3) == "\xFF\xD8\xFF"sv) return Codec::kJpeg;
  return head.substr(0, 8) == "\x89PNG\r\n\x1A\n"sv ? Codec::kPng : Codec::kOther;
}

Codec codec_of_name(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".jpg" || extension == ".jpeg" || extension == ".jpe") return Codec::kJpeg;
  return extension == ".png" ? Codec::kPng : Codec::kOther;
}

Picture read_jpeg(const std::string& path) {
  const File file = open(path);
  JpegReader reader;
  if (!reader.open(file.get())) damaged("libjpeg");
  check_size(reader.width(), reader.height());
  if (!reader.start()) damaged("libjpeg");
  Picture picture;
  picture.pixels.create(reader.height(), reader.width(), CV_8UC3);
  picture.orientation = orientation_of(reader.exif());
  std::vector<unsigned char> cmyk(reader.is_cmyk() ? std::size_t{4} * static_cast<std::size_t>(reader.width()) : 0);
  for (int y = 0; y < reader.height(); ++y) {
    unsigned char* const row = picture.pixels.ptr(y);
    if (!reader.next_row(reader.is_cmyk() ? cmyk.data() : row)) damaged("libjpeg");
    if (reader.is_cmyk()) cmyk_to_bgr(cmyk.data(), row, reader.width());
  }
  if (!reader.finish()) damaged("libjpeg");
  return picture;
}

Picture read_png(const std::string& path) {
  const File file = open(path);
  PngReader reader;
  if (!reader.start(file.get())) damaged("libpng");
  check_size(reader.width(), reader.height());
  Picture picture;
  picture.pixels.create(reader.height(), reader.width(), CV_8UC3);
  std::vector<png_bytep> rows;
  for (int y = 0; y < reader.height(); ++y) rows.push_back(picture.pixels.ptr(y));
  if (!reader.finish(rows.data())) damaged("libpng");
  picture.orientation = orientation_of(reader.exif());
  return picture;
}

std::vector<unsigned char> encode_jpeg(const cv::Mat& bgr) {
  JpegWriter writer;
  if (!writer.encode(bgr)) throw std::runtime_error("libjpeg cannot encode it");
  return writer.bytes();
}

std::vector<unsigned char> encode_png(const cv::Mat& bgr) {
  std::vector<unsigned char> bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, &leave_png, &pass_over);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  const bool written = info != nullptr && write_png(png, info, bgr, bytes);
  png_destroy_write_struct(&png, &info);
  if (!written) throw std::runtime_error("libpng cannot encode it");
  return bytes;
}

}  // namespace app
