import Foundation

/// A line between two keypoints, by their indices.
struct Limb: Equatable, Sendable {
    let from: Int
    let to: Int
}

/// The visible keypoints and the limbs between them; of the most confident object on top.
struct KeypointLayer: Layer {
    let skeleton: [Limb]

    func marks(for result: VisionResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().flatMap { box in
            limbs(of: box, mapping)
                + box.keypoints.filter(\.isShown).map { .dot(mapping.point(of: $0.place), box.color) }
        }
    }

    private func limbs(of box: Box, _ mapping: PictureMapping) -> [Mark] {
        let points = box.keypoints
        return skeleton.compactMap { limb in
            guard points.indices.contains(limb.from), points.indices.contains(limb.to),
                points[limb.from].isShown, points[limb.to].isShown
            else { return nil }
            let ends = [points[limb.from], points[limb.to]].map { mapping.point(of: $0.place) }
            return .path(ends, isClosed: false, box.color)
        }
    }
}

extension Keypoint {
    fileprivate var isShown: Bool { isVisible && place.x.isFinite && place.y.isFinite }
}
