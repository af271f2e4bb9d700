// Gives each object an ID that it keeps in all frames: ByteTrack (Zhang et al., ByteTrack: Multi-Object Tracking by
// Associating Every Detection Box, ECCV 2022), with the numbers of Ultralytics' model.track(tracker="bytetrack.yaml").
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <vector>

#include "tracking/motion.h"
#include "vision/result.h"

namespace vision {

// Tracks the objects of one video or camera.
class ByteTrack {
 public:
  // Left, top, right, bottom in pixels of the picture. An oriented box: centre x, centre y, width, height, angle.
  using Box = std::array<float, 5>;

  // Compares oriented boxes, reads one from a result, and writes one into it.
  struct RotatedBoxes {
    float (*overlap)(const Box& one, const Box& other);  // 0 to 1
    Box (*read)(const Result& result, std::size_t place);
    void (*write)(Result& result, std::size_t place, const Box& box);
  };

  ByteTrack() = default;
  explicit ByteTrack(const RotatedBoxes& rotated) : rotated_(&rotated) {}  // must outlive the tracker

  // The result needs all detections above kLowScore. Replaces them by the tracks: each box at its predicted place, with
  // its ID in track_ids. A new track is in the result from its second frame on, those of the first frame at once.
  void operator()(Result& result);

  static constexpr float kLowScore = 0.1F;  // a detection above it can continue a track

 private:
  enum class State { kTracked, kLost, kEnded };

  struct Found {
    std::array<float, 4> ltwh;  // left, top, width, height; of an oriented box before its rotation
    double angle;               // of an oriented box, whose width is its longer side
    float score;
    std::size_t place;  // in the result
  };

  struct Track {
    Motion motion;
    double angle;
    float score;
    std::size_t place;
    int number, first, last;  // ID; frames, counted from 1
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
  // Pairs tracks with detections at the lowest total cost, each below the limit. Returns the detection of each track,
  // or -1.
  std::vector<int> pair(const std::vector<Track*>& tracks, const std::vector<const Found*>& found, double limit,
                        bool is_fused) const;
  void drop_duplicates();
  void write(Result& result) const;

  const RotatedBoxes* rotated_ = nullptr;
  int picture_ = 0, count_ = 0;
  Tracks tracked_, lost_;
  std::deque<int> ended_;  // IDs of tracks that ended
  std::vector<Found> high_, low_;
};

}  // namespace vision
