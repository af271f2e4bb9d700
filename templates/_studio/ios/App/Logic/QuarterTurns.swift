/// Turns by 90 degrees, clockwise.
enum QuarterTurns {
    private static let inCircle = 4
    private static let degreesEach = 90.0

    /// 0 to 3: the nearest to these degrees, which may be negative or more than a circle.
    static func count(degrees: Double) -> Int {
        guard degrees.isFinite else { return 0 }
        let circle = degreesEach * Double(inCircle)
        let within = degrees.truncatingRemainder(dividingBy: circle)
        let turns = Int((within / degreesEach).rounded())
        return (turns + inCircle) % inCircle
    }

    /// What is left to do for a picture turned by `from` degrees that is shown turned by `to` degrees.
    static func count(from: Double, to: Double) -> Int {
        count(degrees: to - from)
    }
}

/// How a frame is turned to be upright.
struct FrameTurn: Equatable, Sendable {
    let orientation: ExifOrientation
    /// Degrees, clockwise: a camera's, level by gravity. A video's frames say themselves how they are upright.
    let angle: Double

    init(angle: Double) {
        orientation = ExifOrientation(rotationAngle: angle)
        self.angle = angle
    }

    init(orientation: ExifOrientation) {
        self.orientation = orientation
        angle = 0
    }
}

/// How a frame that is held is shown: as the camera's preview showed it, level with the screen, maybe as in a mirror.
struct HeldView: Equatable, Sendable {
    private(set) var quarterTurns = 0
    private(set) var isMirrored = false

    private let turn: FrameTurn

    init(_ turn: FrameTurn) {
        self.turn = turn
    }

    /// As the detector saw it.
    var orientation: ExifOrientation { turn.orientation }

    /// By the frame's own angle: that of the frame that is shown now may be another one.
    func shown(previewAngle: Double, isMirrored: Bool) -> HeldView {
        var view = self
        view.quarterTurns = QuarterTurns.count(from: turn.angle, to: previewAngle)
        view.isMirrored = isMirrored
        return view
    }

    var previewOrientation: ExifOrientation {
        let shown = orientation.turned(by: quarterTurns)
        return isMirrored ? shown.mirrored : shown
    }
}
