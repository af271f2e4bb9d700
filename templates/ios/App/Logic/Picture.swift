import CoreGraphics
import Foundation

/// The picture of a result: upright, as the camera took it. Only the screen mirrors a front camera.
///
/// Use it during `ResultProcessor.process` only: it holds the camera's own pixels. Nothing is copied before a crop.
struct Picture {
    /// In pixels. Positions in the result are in this picture, from its top left corner.
    let size: CGSize
    private let copy: (_ part: CGRect) -> CGImage?

    /// `copy`: returns a part of the picture, in whole pixels inside it.
    init(size: CGSize, copy: @escaping (_ part: CGRect) -> CGImage?) {
        (self.size, self.copy) = (size, copy)
    }

    /// A copy of the pixels that a box touches, such as `result.boxes[0].frame`, cut at the picture's border.
    ///
    /// Nil: the box is empty or outside the picture.
    func crop(of box: CGRect) -> CGImage? {
        guard box.minX < box.maxX, box.minY < box.maxY else { return nil }  // false for NaN
        let (left, top) = (max(0, box.minX.rounded(.down)), max(0, box.minY.rounded(.down)))
        let (right, bottom) = (min(size.width, box.maxX.rounded(.up)), min(size.height, box.maxY.rounded(.up)))
        guard left < right, top < bottom else { return nil }
        return copy(CGRect(x: left, y: top, width: right - left, height: bottom - top))
    }
}

extension CGRect {
    /// The same part of a picture, with rows counted from its bottom, as Core Image does.
    func fromBottom(of height: CGFloat) -> CGRect {
        CGRect(x: minX, y: height - maxY, width: width, height: self.height)
    }
}
