import Foundation

enum CameraPosition: String, Sendable {
    case back
    case front

    var other: CameraPosition { self == .back ? .front : .back }

    /// The preview of a front camera is mirrored, its frames are not.
    var isMirrored: Bool { self == .front }
}

/// The running camera.
struct Camera: Equatable, Sendable {
    let position: CameraPosition
    let deviceID: String
    let hasTorch: Bool
    let lenses: Lenses
    /// The zoom factor at the start.
    let factor: Double
    /// The run of its frames.
    let run: Int

    var isMirrored: Bool { position.isMirrored }
    var preview: CameraRun { CameraRun(deviceID: deviceID, number: run) }
}

/// The lenses of a camera and its zoom range, in its own factors: 1 is the widest picture.
struct Lenses: Equatable, Sendable {
    /// The zoom limit relative to the last lens, as in the system's camera app.
    static let beyondTheLast = 5.0

    /// The factor at which each lens begins, the widest first.
    let factors: [Double]
    /// The factor that is called 1x.
    let usual: Double
    let maxFactor: Double

    /// `switchOvers`: the factors at which the camera changes the lens. `maxFactor`: of the camera.
    init(switchOvers: [Double] = [], beginsWide: Bool = false, maxFactor: Double = 1) {
        factors = [1] + switchOvers.filter { $0 > 1 && $0 <= maxFactor }.sorted()
        usual = beginsWide && factors.count > 1 ? factors[1] : 1
        self.maxFactor = max(1, min(maxFactor, (factors.last ?? 1) * Lenses.beyondTheLast))
    }

    /// The lens of a factor. The camera may use another one for near objects or in low light.
    func lens(at factor: Double) -> Double {
        factors.last { $0 <= factor } ?? 1
    }

    /// Such as 0.5x, 1x, 2.4x.
    func text(_ factor: Double) -> String {
        NumberText.times(factor / usual)
    }

    fileprivate func clamped(_ factor: Double) -> Double {
        factor.isFinite ? min(max(factor, 1), maxFactor) : 1
    }
}

/// The zoom of the camera.
struct CameraZoom: Equatable, Sendable {
    private(set) var lenses = Lenses()
    private(set) var factor = 1.0
    /// The factor before the fingers moved.
    private var start: Double?
    /// The fingers touched the screen before this camera started: they do not zoom it.
    private var isStale = false

    /// The lenses to choose from; empty for one lens without zoom.
    var choices: [Double] { lenses.factors.count > 1 || factor > 1 ? lenses.factors : [] }
    var text: String { lenses.text(factor) }

    /// A camera starts with this factor.
    mutating func start(_ lenses: Lenses, factor: Double) {
        self = CameraZoom(lenses: lenses, factor: lenses.clamped(factor), isStale: start != nil || isStale)
    }

    /// `scale`: the distance of the fingers relative to their start.
    mutating func pinch(by scale: Double) {
        if isStale { return }
        start = start ?? factor
        factor = lenses.clamped((start ?? factor) * scale)
    }

    mutating func release() {
        (start, isStale) = (nil, false)
    }

    mutating func choose(_ factor: Double) {
        start = nil
        self.factor = lenses.clamped(factor)
    }

    /// The factor that the camera reports. A rounded one is still the chosen lens.
    mutating func reach(_ factor: Double) {
        if abs(factor - self.factor) > 0.001 * self.factor { self.factor = lenses.clamped(factor) }
    }

    /// The text of a lens's chip. The current lens shows the zoom.
    func text(of lens: Double) -> String {
        isCurrent(lens) ? text : lenses.text(lens)
    }

    func isCurrent(_ lens: Double) -> Bool { lenses.lens(at: factor) == lens }
}
