import Foundation

/// How large a photo may be before it is made smaller, to fit into memory.
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

    /// Pixels of a picture that is shared: it is drawn beside the photo itself.
    static let mostShared = 12_500_000.0

    /// The size at which a picture of this size is shared.
    static func shared(_ size: CGSize) -> CGSize {
        let scale = min(1, (mostShared / (size.width * size.height)).squareRoot())
        let side = { (length: Double) in max(1, (length * scale).rounded(.down)) }
        return CGSize(width: side(size.width), height: side(size.height))
    }
}
