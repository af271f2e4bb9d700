#include "detector/detector.h"

#include <chrono>
#include <stdexcept>

#include "detector/model.h"
#include "support/error.h"
#include "support/text.h"
#include "vision/tasks/task.h"

namespace detector {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::unique_ptr<vision::Task> make_task(const vision::ModelInfo& info, const std::string& path) {
  try {
    return info.make_task(info);
  } catch (const std::invalid_argument& error) {
    throw support::Error(support::Reason::kDoesNotFit,
                         support::printable(path) + " does not fit this program: " + error.what());
  }
}

}  // namespace

struct Detector::Impl {
  Impl(const vision::ModelInfo& info, const std::string& model_path, const vision::Thresholds& asked)
      : model(info, model_path),
        input(make_input(info)),
        task(make_task(info, model_path)),
        thresholds(asked),
        input_steps(info.input_steps),
        input_size(std::size_t{3} * static_cast<std::size_t>(info.input_height) *
                   static_cast<std::size_t>(info.input_width)),
        outputs(info.outputs.size()) {}

  void keep_outputs(Trace& trace) const {
    trace.outputs.resize(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
      const vision::TensorView& output = model.outputs()[i];
      keep(output.numbers(), output.shape.values(), trace.outputs[i]);
    }
  }

  static void keep(const vision::Numbers& numbers, std::size_t count, std::vector<float>& values) {
    values.resize(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = numbers[i];
  }

  void keep_input(Trace& trace) {
    const vision::InputTensor tensor = model.input();
    const bool is_int8 = tensor.bytes != nullptr;
    keep(is_int8 ? vision::Numbers(tensor.bytes, input_steps) : vision::Numbers(tensor.floats), input_size,
         trace.input);
  }

  void postprocess(const vision::Thresholds& with) {
    const auto start = Clock::now();
    task->run(model.outputs(), plan, with, result);
    result.timing.postprocess = milliseconds(start, Clock::now());
  }

  Model model;
  std::unique_ptr<vision::InputMaker> input;
  std::unique_ptr<vision::Task> task;
  vision::Thresholds thresholds;
  const vision::Steps input_steps;
  const std::size_t input_size, outputs;  // number of floats, and of tensors
  vision::LetterboxPlan plan;
  bool has_outputs = false;  // of the picture of `plan`
  vision::Result result;
};

Detector::Detector(const vision::ModelInfo& info, const std::string& model_path)
    : Detector(info, model_path, info.thresholds) {}

Detector::Detector(const vision::ModelInfo& info, const std::string& model_path, const vision::Thresholds& thresholds)
    : impl_(std::make_unique<Impl>(info, model_path, thresholds)) {}

Detector::~Detector() = default;

void Detector::set_thresholds(const vision::Thresholds& thresholds) { impl_->thresholds = thresholds; }

Model& Detector::model() {
  impl_->has_outputs = false;
  return impl_->model;
}

const vision::Result& Detector::detect(const vision::ImageView& image, Trace* trace) {
  Impl& my = *impl_;
  my.has_outputs = false;
  const auto start = Clock::now();
  my.plan = my.input->to_tensor(image, my.model.input());
  const auto preprocessed = Clock::now();
  if (trace != nullptr) my.keep_input(*trace);
  const auto started = Clock::now();
  my.model.run();
  const auto inferred = Clock::now();
  my.has_outputs = true;
  if (trace != nullptr) my.keep_outputs(*trace);
  my.result.timing = {milliseconds(start, preprocessed), milliseconds(started, inferred), 0};
  my.postprocess(my.thresholds);
  return my.result;
}

const vision::Result& Detector::detect_again(const vision::Thresholds& thresholds) {
  if (!impl_->has_outputs) throw std::logic_error("detect_again needs a picture: call detect first");
  impl_->postprocess(thresholds);
  return impl_->result;
}

}  // namespace detector
