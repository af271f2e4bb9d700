/// The limit of photos, so that they fit into memory.
enum PhotoSize {
    /// Pixels. A phone's 48 megapixels are detected as they are.
    static let maxPixels = 50_000_000

    /// The longest side of a reduced photo; nil: it is not reduced.
    static func longestSide(width: Int, height: Int) -> Int? {
        let pixels = Double(width) * Double(height)
        guard pixels > Double(maxPixels) else { return nil }
        let scale = (Double(maxPixels) / pixels).squareRoot()
        return max(1, Int((Double(max(width, height)) * scale).rounded(.down)))
    }
}
