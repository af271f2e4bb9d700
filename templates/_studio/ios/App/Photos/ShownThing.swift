import UIKit

/// One thing that was found, by itself.
struct ShownThing: Sendable {
    let box: Box
    /// What the model takes it for.
    let className: String
    /// Of the picture it was found in.
    let picture: CGSize
    let crop: UIImage

    /// Nil: nothing of it lies in the picture.
    init?(_ box: Box, in snapshot: Snapshot, names: [String]) {
        let picture = snapshot.result.size
        let part = snapshot.orientation.stored(box.crop(of: picture), of: picture)
        guard let crop = snapshot.image.cropping(to: part) else { return nil }
        self.box = box
        className = ClassWords.name(box.classIndex, of: names)
        self.picture = picture
        self.crop = UIImage(cgImage: crop, scale: 1, orientation: UIImage.Orientation(snapshot.orientation))
    }
}
