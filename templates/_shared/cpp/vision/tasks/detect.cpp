// Object detection: boxes with a class.
#include "vision/decode.h"
#include "vision/tasks/task.h"

namespace vision {
namespace {

class Detect : public Task {
 public:
  explicit Detect(const ModelInfo& info) : head_(info) {}

  void run(const TensorView* outputs, const LetterboxPlan& plan, const Thresholds& thresholds,
           Result& result) override {
    const std::vector<Candidate> found = head_.candidates(outputs, thresholds);
    result.reset(plan.source_width, plan.source_height);
    result.candidates = static_cast<int>(found.size());
    for (const std::size_t kept : head_.choose(found, thresholds)) result.boxes.push_back(to_image(found[kept], plan));
  }

 private:
  BoxHead head_;
};

}  // namespace

std::unique_ptr<Task> make_detect(const ModelInfo& info) { return std::make_unique<Detect>(info); }

}  // namespace vision
