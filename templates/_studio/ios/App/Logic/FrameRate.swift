/// Frames in a second, over the last few of them.
struct FrameRate {
    private static let most = 30
    private var times: [Double] = []  // seconds, the oldest first

    mutating func add(time: Double) {
        if times.count == FrameRate.most { times.removeFirst() }
        times.append(time)
    }

    /// Nil as long as there are not two frames.
    var perSecond: Double? {
        guard let first = times.first, let last = times.last, last > first else { return nil }
        return Double(times.count - 1) / (last - first)
    }

    mutating func clear() {
        times.removeAll()
    }
}
