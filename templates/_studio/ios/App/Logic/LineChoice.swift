import Foundation

/// A line across the upright picture, as shares of its width and height; its ends may lie beside it.
struct CountLine: Equatable, Sendable {
    /// Points of the view: a finger that slips draws no line.
    static let shortest = 44.0

    let from: CGPoint
    let to: CGPoint

    /// A quarter clockwise about the picture's middle.
    var turned: CountLine {
        func turned(_ point: CGPoint) -> CGPoint { CGPoint(x: 1 - point.y, y: point.x) }
        return CountLine(from: turned(from), to: turned(to))
    }
}

extension CountLine {
    /// Upwards through the middle: what goes to the right comes in. Mirrored, it is drawn downwards: who looks at the
    /// screen sees right where the picture has left.
    init(middleOfMirrored isMirrored: Bool) {
        let (bottom, top) = (CGPoint(x: 0.5, y: 1), CGPoint(x: 0.5, y: 0))
        self.init(from: isMirrored ? top : bottom, to: isMirrored ? bottom : top)
    }

    /// Where a finger went over the view; nil: not far enough, or there is no picture. Its right is that of the screen.
    init?(from: CGPoint, to: CGPoint, in mapping: PictureMapping) {
        guard hypot(to.x - from.x, to.y - from.y) >= CountLine.shortest, let first = mapping.share(at: from),
            let last = mapping.share(at: to)
        else { return nil }
        self.init(from: mapping.isMirrored ? last : first, to: mapping.isMirrored ? first : last)
    }
}

/// Where things are counted: in the middle, or where somebody has drawn a line over a picture, until that is another one.
/// One value; whatever happens makes another one of it.
struct LineChoice: Equatable, Sendable {
    /// Frames of one camera, or nil: of a video, that are turned by so many degrees.
    struct Source: Equatable, Sendable {
        let camera: CameraPosition?
        let angle: Double
    }

    enum Event: Equatable, Sendable {
        case frame(Source)
        case drawn(CountLine)
        /// By a quarter: who cannot draw one has four.
        case turned
        /// Something else is shown. A frame that is held is of the same picture, and so is what comes after it.
        case shown(isHeld: Bool)
        /// Things are followed or counted no more.
        case ended
    }

    /// Nil: in the middle.
    private(set) var line: CountLine?
    private var source: Source?
    private var isHeld = false

    func after(_ event: Event) -> LineChoice {
        var next = self
        switch event {
        case .frame(let source):
            next.line = source == self.source ? line : nil
            next.source = source
        case .drawn(let line): next.line = line
        case .turned: next.line = (line ?? CountLine(middleOfMirrored: source?.camera?.isMirrored == true)).turned
        case .shown(let isHeld):
            next.line = isHeld || self.isHeld ? line : nil
            next.isHeld = isHeld
        case .ended: next.line = nil
        }
        return next
    }
}
