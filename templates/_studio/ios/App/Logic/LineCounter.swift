import Foundation

/// A line in the picture, in its pixels, and how many things crossed it.
struct CountedLine: Equatable, Sendable {
    let from: CGPoint
    let to: CGPoint
    /// From the line's left to its right, as seen by somebody who looks along it from its first end.
    var entered = 0
    /// And back.
    var left = 0
}

extension CountedLine {
    init(_ line: CountLine, in size: CGSize) {
        self.init(
            from: CGPoint(x: line.from.x * size.width, y: line.from.y * size.height),
            to: CGPoint(x: line.to.x * size.width, y: line.to.y * size.height))
    }
}

/// Counts the things that are followed whose centre crosses a line, between its ends.
struct LineCounter {
    /// What stands on the line trembles over it: a side begins so far away from it, in shorter sides of its box.
    private static let onLine = 0.05

    private struct Sight {
        var center: CGPoint
        var frame: Int
    }

    private(set) var line: CountedLine
    private var last: [Int: Sight] = [:]
    private var frame = 0

    init(line: CountedLine) {
        self.line = line
    }

    /// The line lies there from now on; what was counted stays.
    mutating func move(to line: CountedLine) {
        if (line.from, line.to) == (self.line.from, self.line.to) { return }
        let (entered, left) = (self.line.entered, self.line.left)
        self.line = line
        (self.line.entered, self.line.left) = (entered, left)
        restart()
    }

    /// Things have other numbers from now on; what was counted stays.
    mutating func restart() {
        last = [:]
    }

    /// The next frame.
    mutating func look(at boxes: [Box]) {
        frame += 1
        for box in boxes {
            guard let track = box.track else { continue }
            let center = box.center
            var sight = last[track] ?? Sight(center: center, frame: frame)
            sight.frame = frame
            if distance(to: center) >= Self.onLine * min(box.right - box.left, box.bottom - box.top) {
                count(from: sight.center, to: center)
                sight.center = center
            }
            last[track] = sight
        }
        // One that is hidden for a while may come again beyond the line.
        last = last.filter { frame - $0.value.frame <= FollowedThings.patience }
    }

    /// From the line, in pixels; also beyond its ends.
    private func distance(to point: CGPoint) -> Double {
        let (along, up) = (line.to.x - line.from.x, line.to.y - line.from.y)
        let area = along * (point.y - line.from.y) - up * (point.x - line.from.x)
        return abs(area) / (along * along + up * up).squareRoot()
    }

    private mutating func count(from before: CGPoint, to after: CGPoint) {
        func isRight(_ point: CGPoint, of start: CGPoint, _ end: CGPoint) -> Bool {
            (end.x - start.x) * (point.y - start.y) - (end.y - start.y) * (point.x - start.x) > 0
        }
        let isRightNow = isRight(after, of: line.from, line.to)
        guard isRight(before, of: line.from, line.to) != isRightNow,
            isRight(line.from, of: before, after) != isRight(line.to, of: before, after)
        else { return }
        if isRightNow { line.entered += 1 } else { line.left += 1 }
    }
}

/// What crosses a line in a camera's picture is counted as long as somebody wants it and camera and line are the same:
/// in the middle also over a turn of the phone, a photo, or a while in the background.
struct Counting: ResultProcessor {
    var isOn = false {
        didSet { if isOn != oldValue { counter = nil } }
    }
    /// Nil: in the middle.
    var line: CountLine? {
        didSet { if line != oldValue { counter = nil } }
    }

    /// How far the camera is zoomed in; nil: as it was when it started, or it is a video.
    var zoom: Double? {
        didSet { if zoom != oldValue { unsettled = Counting.settling } }
    }

    /// Frames in which nothing is counted after the camera was zoomed, which moves everything: some were taken before it,
    /// and a tracker that was surprised needs a few.
    static let settling = 5

    /// Nil: a video.
    private var camera: CameraPosition?
    private var counter: LineCounter?
    private var unsettled = 0

    /// A camera or a video is started.
    mutating func start(_ camera: CameraPosition?) {
        if camera != self.camera { counter = nil }
        self.camera = camera
        (zoom, unsettled) = (nil, 0)
        restart()
    }

    /// Things are followed anew, with other numbers.
    mutating func restart() {
        counter?.restart()
    }

    /// What was counted was of something else.
    mutating func forget() {
        counter = nil
    }

    mutating func process(_ result: inout PictureResult) {
        guard var counter = counter(in: result.size) else { return }
        if unsettled > 0 {
            unsettled -= 1
            counter.restart()
        }
        counter.look(at: result.boxes)
        self.counter = counter
        result.line = counter.line
    }

    /// The line in a picture of this size that is not another frame, with what was counted until now; nil: nothing is.
    func line(in size: CGSize) -> CountedLine? {
        counter(in: size)?.line
    }

    private func counter(in size: CGSize) -> LineCounter? {
        if !isOn { return nil }
        let line = CountedLine(self.line ?? CountLine(middleOfMirrored: camera?.isMirrored == true), in: size)
        var counter = self.counter ?? LineCounter(line: line)
        counter.move(to: line)
        return counter
    }
}
