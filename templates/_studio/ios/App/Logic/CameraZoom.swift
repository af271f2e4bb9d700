import Foundation

/// The lenses of a camera, and how far it goes beyond the last: in its own factors, of which 1 is all that it sees.
struct Lenses: Equatable, Sendable {
    /// So many times the last lens: beyond that there is nothing but larger pixels. As the system's camera has it.
    static let beyondTheLast = 5.0

    /// Where each lens begins, the widest first.
    let factors: [Double]
    /// What is called 1x: the lens that every camera has, which some have a wider one beside.
    let usual: Double
    let most: Double

    /// `switchOvers`: where the camera changes from one lens to the next. `most`: what it can.
    init(switchOvers: [Double] = [], beginsWide: Bool = false, most: Double = 1) {
        factors = [1] + switchOvers.filter { $0 > 1 && $0 <= most }.sorted()
        usual = beginsWide && factors.count > 1 ? factors[1] : 1
        self.most = max(1, min(most, (factors.last ?? 1) * Lenses.beyondTheLast))
    }

    /// The lens that this factor belongs to: near things and little light may have another one at work.
    func lens(at factor: Double) -> Double {
        factors.last { $0 <= factor } ?? 1
    }

    /// As people know it: 0.5x, 1x, 2.4x.
    func words(_ factor: Double) -> String {
        NumberText.times(factor / usual)
    }
}

/// How far the camera is zoomed in. One value; whatever happens makes another one of it.
struct CameraZoom: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        /// A camera runs, and has this factor.
        case started(Lenses, factor: Double)
        /// Fingers are so many times as far from each other as when they came down.
        case pinched(by: Double)
        case released
        case chosen(Double)
        /// The camera has this factor now, whatever it was asked for.
        case reached(Double)
    }

    private(set) var lenses = Lenses()
    private(set) var factor = 1.0
    /// As the fingers came down.
    private var before: Double?
    /// They came down on a camera that is gone: until they are taken away, they zoom none.
    private var isLeftOver = false

    /// What can be chosen; empty: there is one lens, and nothing is zoomed.
    var choices: [Double] { lenses.factors.count > 1 || factor > 1 ? lenses.factors : [] }

    func after(_ event: Event) -> CameraZoom {
        var next = self
        switch event {
        case .started(let lenses, let factor):
            next = CameraZoom(lenses: lenses, factor: lenses.within(factor), isLeftOver: before != nil || isLeftOver)
        case .pinched(let scale):
            if isLeftOver { break }
            next.before = before ?? factor
            next.factor = lenses.within((before ?? factor) * scale)
        case .released: (next.before, next.isLeftOver) = (nil, false)
        case .chosen(let factor):
            next.before = nil
            next.factor = lenses.within(factor)
        case .reached(let factor):
            // What a camera only rounds is still the lens that was asked for.
            if abs(factor - self.factor) > 0.001 * self.factor { next.factor = lenses.within(factor) }
        }
        return next
    }

    var words: String { lenses.words(factor) }

    /// What stands on the chip of a lens: on that of the one that the zoom belongs to, how far that is.
    func words(of lens: Double) -> String {
        isAtWork(lens) ? words : lenses.words(lens)
    }

    func isAtWork(_ lens: Double) -> Bool { lenses.lens(at: factor) == lens }
}

extension Lenses {
    /// The nearest that it can.
    fileprivate func within(_ factor: Double) -> Double {
        factor.isFinite ? min(max(factor, 1), most) : 1
    }
}
