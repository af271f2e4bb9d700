/// A picture that came with the app.
struct Sample: Equatable, Sendable {
    let pixels: Int
    /// How many things PyTorch shows in it.
    let found: Int
}

/// Which of the golden vectors' pictures are shown to somebody who has no camera and no photo, and in which order.
enum Samples {
    /// The places of those that are worth being looked at: none of a few pixels; where there is most to see comes first.
    static func order(_ samples: [Sample]) -> [Int] {
        let largest = samples.map(\.pixels).max() ?? 0
        let worth = samples.indices.filter { 4 * samples[$0].pixels >= largest }
        return worth.sorted { (samples[$1].found, $0) < (samples[$0].found, $1) }
    }
}
