/// The detector of the elected program, which is dropped after five bad frames in a row.
struct ElectedDetector<Loaded> {
    static var most: Int { 5 }

    /// Nil: the CPU's detector serves.
    var detector: Loaded? {
        didSet { badFrames = 0 }
    }
    /// Called when the program is dropped.
    var onDrop: (@Sendable () -> Void)?
    private var badFrames = 0

    init(detector: Loaded? = nil, onDrop: (@Sendable () -> Void)? = nil) {
        (self.detector, self.onDrop) = (detector, onDrop)
    }

    /// Detects with the elected program, or with the CPU's. Nil: a bad frame, of which nothing is shown.
    mutating func run<Found>(orWith cpu: Loaded, _ detect: (Loaded) throws -> Found) throws -> Found? {
        guard let detector else { return try detect(cpu) }
        do {
            let found = try detect(detector)
            badFrames = 0
            return found
        } catch {
            badFrames += 1
            if badFrames < Self.most { return nil }
            self.detector = nil
            onDrop?()
            return try detect(cpu)
        }
    }
}
