// Every kind of picture that OpenCV reads and writes.
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

#include "loaded/libraries.h"

namespace loaded {
namespace {

template <typename Step>
cv::Mat attempt(Step step) {
  try {
    return step();
  } catch (const cv::Exception& error) {  // too many pixels, for one
    throw std::runtime_error("OpenCV cannot read this picture: " + error.err);
  }
}

class OpenCvPictures : public PictureLibrary {
 public:
  cv::Mat read(const std::string& path) override {
    return attempt([&] { return cv::imread(path, cv::IMREAD_COLOR); });
  }

  cv::Mat decode(const std::vector<unsigned char>& bytes) override {
    return attempt([&] { return cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION); });
  }

  bool can_write(const std::string& extension) override { return cv::haveImageWriter("picture" + extension); }

  std::vector<unsigned char> encode(const cv::Mat& picture, const std::string& extension) override {
    std::vector<unsigned char> bytes;
    std::string reason;
    try {
      if (cv::imencode(extension, picture, bytes)) return bytes;
    } catch (const cv::Exception& error) {
      reason = ": " + error.err;
    }
    throw std::runtime_error("OpenCV cannot encode it" + reason);
  }
};

}  // namespace
}  // namespace loaded

extern "C" loaded::PictureLibrary* app_picture_library() {
  static loaded::OpenCvPictures library;
  return &library;
}
