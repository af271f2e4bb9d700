// Which thing in this picture is which one of the last pictures: ByteTrack (Zhang et al., ByteTrack: Multi-Object
// Tracking by Associating Every Detection Box, ECCV 2022), as Ultralytics' model.track(tracker="bytetrack.yaml") has
// it.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include "tracking/motion.h"
#include "vision/result.h"

namespace vision {

// Follows things through the pictures of one video or camera. A result processor: see README.md.
class ByteTrack {
 public:
  // Left, top, right, bottom, in pixels of the picture; of a turned box centre x, centre y, width, height, angle.
  using Box = std::array<float, 5>;

  // How boxes are compared, and put into a result, where they are turned.
  struct Turned {
    float (*overlap)(const Box& one, const Box& other);  // 0 to 1
    void (*put)(Result& result, std::size_t place, const Box& box);
  };

  ByteTrack() = default;
  explicit ByteTrack(const Turned& turned) : turned_(&turned) {}  // which must live as long

  // Needs everything that was found from a score of kLowScore on. Leaves the things that are followed, in their own
  // order, each where it is believed to be, with its number in track_ids. One that is new is left from its second
  // picture on, those of the very first picture at once.
  void operator()(Result& result);

  static constexpr float kLowScore = 0.1F;  // above it a detection can continue a track

 private:
  enum class State { kTracked, kLost, kEnded };

  struct Found {
    std::array<float, 4> ltwh;  // left, top, width, height; of a turned box before it is turned
    double angle;               // of a turned box, whose width is its longer side
    float score;
    std::size_t place;  // among all that was found
  };

  struct Track {
    Motion motion;
    double angle;
    float score;
    std::size_t place;
    int number, first, last;  // pictures are counted from 1
    State state;
    bool is_confirmed;
  };

  using Tracks = std::vector<Track>;

  void split(const Result& result);
  Box box_of(const Found& found) const;
  Box box_of(const Track& track) const;
  static Motion::Box seen(const Found& found);
  float overlap(const Box& one, const Box& other) const;
  void see(Track& track, const Found& found) const;
  // Pairs tracks with what was found, at less than the limit each and the least together: for each track the place
  // of its partner, or -1.
  std::vector<int> pair(const std::vector<Track*>& tracks, const std::vector<const Found*>& found, double limit,
                        bool is_fused) const;
  void drop_duplicates();
  void write(Result& result) const;

  const Turned* turned_ = nullptr;
  int picture_ = 0, count_ = 0;
  Tracks tracked_, lost_;
  std::deque<int> ended_;  // numbers of tracks that ended, which cannot be lost again
  std::vector<Found> high_, low_;
};

}  // namespace vision
