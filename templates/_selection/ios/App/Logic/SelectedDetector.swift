enum ServiceEvent: Sendable {
    /// The first frames are good.
    case startedWell
    /// Too many frames in a row were bad.
    case dropped
}

/// The detector of the selected program, which is dropped after five bad frames in a row.
struct SelectedDetector<Loaded> {
    static var most: Int { 5 }
    static var goodAtStart: Int { 5 }

    /// Nil: the CPU's detector serves.
    var detector: Loaded? {
        didSet { (goodFrames, badFrames) = (0, 0) }
    }
    var onEvent: (@Sendable (ServiceEvent) -> Void)?
    private var goodFrames = 0
    private var badFrames = 0  // in a row

    init(detector: Loaded? = nil, onEvent: (@Sendable (ServiceEvent) -> Void)? = nil) {
        (self.detector, self.onEvent) = (detector, onEvent)
    }

    /// Detects with the selected program, or with the CPU's. Nil: a bad frame, of which nothing is shown.
    mutating func run<Found>(orWith cpu: Loaded, _ detect: (Loaded) throws -> Found) throws -> Found? {
        guard let detector else { return try detect(cpu) }
        do {
            let found = try detect(detector)
            (goodFrames, badFrames) = (goodFrames + 1, 0)
            if goodFrames == Self.goodAtStart { onEvent?(.startedWell) }
            return found
        } catch {
            badFrames += 1
            if badFrames < Self.most { return nil }
            self.detector = nil
            onEvent?(.dropped)
            return try detect(cpu)
        }
    }
}
