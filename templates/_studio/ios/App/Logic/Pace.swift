/// How warm the device is: ProcessInfo.ThermalState's cases.
enum Heat: Int, Comparable, Sendable {
    case nominal
    case fair
    case serious
    case critical

    static func < (left: Heat, right: Heat) -> Bool { left.rawValue < right.rawValue }
}

/// How often frames are looked at: each, as long as the device is not too warm for that.
struct Pace: Equatable, Sendable {
    /// Seconds from one frame that is looked at to the next.
    let interval: Double

    static let full = Pace(interval: 0)
    private static let savingPower = Pace(interval: 1.0 / 15)
    private static let cooling = Pace(interval: 1.0 / 5)

    private init(interval: Double) {
        self.interval = interval
    }

    init(heat: Heat, isSavingPower: Bool) {
        if heat >= .serious {
            self = .cooling
        } else if isSavingPower {
            self = .savingPower
        } else {
            self = .full
        }
    }

    /// Whether a frame of `time` is to be looked at when the last one was of `last`. A clock that went back is no reason
    /// to wait.
    func isDue(at time: Double, last: Double?) -> Bool {
        guard let last, time >= last else { return true }
        // Frames come a little early or late: one that is due by half a millisecond is due.
        return time - last >= interval - 0.0005
    }
}
