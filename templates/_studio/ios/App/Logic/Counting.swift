import Foundation

/// The user's counting line across the upright picture, in shares of its width and height. Its ends may be outside.
struct CountLine: Equatable, Sendable {
    /// Points of the view. A shorter drag draws no line.
    static let minLength = 44.0

    let from: CGPoint
    let to: CGPoint

    /// A quarter clockwise about the middle of the picture.
    var turned: CountLine {
        func turned(_ point: CGPoint) -> CGPoint { CGPoint(x: 1 - point.y, y: point.x) }
        return CountLine(from: turned(from), to: turned(to))
    }
}

extension CountLine {
    /// Upwards through the middle: to the right counts as in. In a mirror it is drawn downwards, so that this holds for the
    /// screen.
    init(middleOfMirrored isMirrored: Bool) {
        let (bottom, top) = (CGPoint(x: 0.5, y: 1), CGPoint(x: 0.5, y: 0))
        self.init(from: isMirrored ? top : bottom, to: isMirrored ? bottom : top)
    }

    /// The line that a finger drew over the view; nil if it is too short or there is no picture.
    init?(from: CGPoint, to: CGPoint, in mapping: PictureMapping) {
        guard hypot(to.x - from.x, to.y - from.y) >= CountLine.minLength, let first = mapping.share(at: from),
            let last = mapping.share(at: to)
        else { return nil }
        self.init(from: mapping.isMirrored ? last : first, to: mapping.isMirrored ? first : last)
    }
}

/// The counting line that the user drew, as long as its picture is the same. Else the line is in the middle.
struct LineChoice: Equatable, Sendable {
    /// The camera, or nil for a video, and the angle of its frames.
    struct Source: Equatable, Sendable {
        let camera: CameraPosition?
        let angle: Double
    }

    /// Nil: in the middle.
    var line: CountLine?
    private var source: Source?
    private var isFrozen = false

    mutating func frame(of source: Source) {
        if source != self.source { line = nil }
        self.source = source
    }

    /// For users who cannot draw.
    mutating func turn() {
        line = (line ?? CountLine(middleOfMirrored: source?.camera?.isMirrored == true)).turned
    }

    /// Something else is shown. A frozen frame is of the same picture, and so is what follows it.
    mutating func sourceChanged(isFrozen: Bool) {
        if !isFrozen, !self.isFrozen { line = nil }
        self.isFrozen = isFrozen
    }
}

/// The counting line in pixels of a picture, with its counts.
struct CountedLine: Equatable, Sendable {
    var from: CGPoint
    var to: CGPoint
    /// Crossings from left to right, facing from the first end of the line to the second.
    var inCount = 0
    /// Crossings from right to left.
    var outCount = 0
}

extension CountedLine {
    init(_ line: CountLine, in size: CGSize) {
        self.init(
            from: CGPoint(x: line.from.x * size.width, y: line.from.y * size.height),
            to: CGPoint(x: line.to.x * size.width, y: line.to.y * size.height))
    }
}

/// Counts tracked objects whose centre crosses a line between its ends.
struct LineCounter {
    /// An object on the line may tremble across it. It has left the line at this distance, in shorter sides of its box.
    private static let minDistance = 0.05

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

    /// Moves the line and keeps its counts.
    mutating func move(to line: CountedLine) {
        if (line.from, line.to) == (self.line.from, self.line.to) { return }
        (self.line.from, self.line.to) = (line.from, line.to)
        restart()
    }

    /// Forgets the track IDs and keeps the counts.
    mutating func restart() {
        last = [:]
    }

    /// Counts the next frame.
    mutating func count(_ boxes: [Box]) {
        frame += 1
        for box in boxes {
            guard let track = box.track else { continue }
            let center = box.center
            var sight = last[track] ?? Sight(center: center, frame: frame)
            sight.frame = frame
            if distance(to: center) >= Self.minDistance * min(box.frame.width, box.frame.height) {
                count(from: sight.center, to: center)
                sight.center = center
            }
            last[track] = sight
        }
        // A hidden object may appear again on the other side.
        last = last.filter { frame - $0.value.frame <= Tracks.patience }
    }

    /// From the infinite line, in pixels.
    private func distance(to point: CGPoint) -> Double {
        let (x, y) = (line.to.x - line.from.x, line.to.y - line.from.y)
        let area = x * (point.y - line.from.y) - y * (point.x - line.from.x)
        return abs(area) / (x * x + y * y).squareRoot()
    }

    private mutating func count(from before: CGPoint, to after: CGPoint) {
        func isRight(_ point: CGPoint, of start: CGPoint, _ end: CGPoint) -> Bool {
            (end.x - start.x) * (point.y - start.y) - (end.y - start.y) * (point.x - start.x) > 0
        }
        let isRightNow = isRight(after, of: line.from, line.to)
        guard isRight(before, of: line.from, line.to) != isRightNow,
            isRight(line.from, of: before, after) != isRight(line.to, of: before, after)
        else { return }
        if isRightNow { line.inCount += 1 } else { line.outCount += 1 }
    }
}

/// Counting as long as it is on and camera and line stay the same. A line in the middle keeps its counts while the phone is
/// turned, a photo is shown or the app is in the background.
struct Counting {
    /// Frames that are not counted after a zoom, which moves everything.
    static let framesAfterZoom = 5

    var isOn = false {
        didSet { if isOn != oldValue { counter = nil } }
    }
    /// Nil: in the middle.
    var line: CountLine? {
        didSet { if line != oldValue { counter = nil } }
    }
    /// The zoom factor of the camera; nil: as it started, or a video.
    var zoom: Double? {
        didSet { if zoom != oldValue { framesToSkip = Counting.framesAfterZoom } }
    }

    /// Nil: a video.
    private var camera: CameraPosition?
    private var counter: LineCounter?
    private var framesToSkip = 0

    /// A camera or a video starts.
    mutating func start(_ camera: CameraPosition?) {
        if camera != self.camera { counter = nil }
        self.camera = camera
        (zoom, framesToSkip) = (nil, 0)
        restartTracks()
    }

    /// Objects get new track IDs.
    mutating func restartTracks() {
        counter?.restart()
    }

    /// The counts were of another source.
    mutating func forget() {
        counter = nil
    }

    mutating func process(_ result: inout VisionResult) {
        guard var counter = counter(in: result.size) else { return }
        if framesToSkip > 0 {
            framesToSkip -= 1
            counter.restart()
        }
        counter.count(result.boxes)
        self.counter = counter
        result.line = counter.line
    }

    /// The line with its counts in a picture that is no new frame; nil: counting is off.
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

/// The counting line, with a count on each side.
struct LineLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: VisionResult, in mapping: PictureMapping) -> [Mark] {
        guard let line = result.line else { return [] }
        let ends = [line.from, line.to].map(mapping.point)
        return [
            .path(ends, isClosed: false, .white), label(line.inCount, side: 1, of: line, mapping),
            label(line.outCount, side: -1, of: line, mapping),
        ]
    }

    /// `side`: 1 is the right of the line in the picture. In a mirror that is on the left.
    private func label(_ count: Int, side: Double, of line: CountedLine, _ mapping: PictureMapping) -> Mark {
        let (along, down): (Double, Double) = (line.to.x - line.from.x, line.to.y - line.from.y)
        let middle = CGPoint(x: line.from.x + along / 2, y: line.from.y + down / 2)
        let place = mapping.point(of: middle)
        let beside = mapping.point(of: CGPoint(x: middle.x - side * down, y: middle.y + side * along))
        let (x, y): (Double, Double) = (beside.x - place.x, beside.y - place.y)
        let length = hypot(x, y)
        let text = String(count)
        let width = texts.width(of: text) + 2 * style.margin
        let height = style.lineHeight + 2 * style.margin
        // Clear of the line, whatever its direction.
        let away = (abs(x) * width + abs(y) * height) / (2 * length) + style.lineHeight / 2
        let left = place.x + away * x / length - width / 2
        let top = place.y + away * y / length - height / 2
        let plate = CGRect(x: left, y: top, width: width, height: height).moved(into: mapping.free)
        return .label(plate, text, .black)
    }
}
