import Foundation

/// How far away every pixel of the upright picture is, in the model's unit.
struct DepthMap: Equatable, Sendable {
    let width: Int
    let height: Int
    /// A Float for each pixel, row by row. One may be infinite, or no number.
    var values: Data
    /// What has the first and the last colour: the lowest and the highest of them; no numbers where there are none.
    var lowest: Double
    var highest: Double

    var hasDistances: Bool { lowest <= highest }

    /// At a place of the picture, in its pixels; nil where there is none, or no number.
    func value(at place: CGPoint) -> Double? {
        let (x, y) = (Int(place.x.rounded(.down)), Int(place.y.rounded(.down)))
        guard (0..<width).contains(x), (0..<height).contains(y) else { return nil }
        let offset = (y * width + x) * MemoryLayout<Float>.size
        guard offset + MemoryLayout<Float>.size <= values.count else { return nil }
        let value = values.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Float.self) }
        return value.isFinite ? Double(value) : nil
    }
}
