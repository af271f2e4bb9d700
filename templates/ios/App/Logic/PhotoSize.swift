/// How large a photo may be before it is made smaller, so that it and its copy for the screen fit into memory.
enum PhotoSize {
    /// Pixels: what a phone takes, 48 megapixels, is looked at as it is, for PyTorch's boxes.
    static let most = 50_000_000

    /// The longest side of a picture made smaller; nil: it is taken as it is.
    static func longestSide(width: Int, height: Int) -> Int? {
        let pixels = Double(width) * Double(height)
        guard pixels > Double(most) else { return nil }
        let scale = (Double(most) / pixels).squareRoot()
        return max(1, Int((Double(max(width, height)) * scale).rounded(.down)))
    }
}
