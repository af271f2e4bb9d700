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

/// How a frame that is held is shown: as the camera's preview showed it, level with the screen, maybe as in a mirror.
struct HeldView: Equatable, Sendable {
    /// As the detector saw it, level by gravity.
    let orientation: ExifOrientation
    private(set) var quarterTurns = 0
    private(set) var isMirrored = false

    /// Degrees by which the frame was turned.
    private let rotationAngle: Double

    init(rotationAngle: Double) {
        self.rotationAngle = rotationAngle
        orientation = ExifOrientation(rotationAngle: rotationAngle)
    }

    /// By the frame's own angle: that of the frame that is shown now may be another one.
    func shown(previewAngle: Double, isMirrored: Bool) -> HeldView {
        var view = self
        view.quarterTurns = QuarterTurns.count(from: rotationAngle, to: previewAngle)
        view.isMirrored = isMirrored
        return view
    }

    var previewOrientation: ExifOrientation {
        let shown = orientation.turned(by: quarterTurns)
        return isMirrored ? shown.mirrored : shown
    }
}
