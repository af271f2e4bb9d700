/// The keypoints that can be seen, and the limbs between them, in the colour of the class; of the best thing on top.
struct KeypointLayer: Layer {
    let skeleton: [Limb]

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().flatMap { box in
            let color = box.color
            let seen = box.keypoints.filter(\.isShown)
            return limbs(of: box, color, mapping) + seen.map { .dot(mapping.point(of: $0.place), color) }
        }
    }

    private func limbs(of box: Box, _ color: ClassColor, _ mapping: PictureMapping) -> [Mark] {
        let points = box.keypoints
        return skeleton.compactMap { limb in
            guard points.indices.contains(limb.from), points.indices.contains(limb.to),
                points[limb.from].isShown, points[limb.to].isShown
            else { return nil }
            let ends = [points[limb.from], points[limb.to]].map { mapping.point(of: $0.place) }
            return .path(ends, isClosed: false, color)
        }
    }
}

extension Keypoint {
    /// It can be seen, and lies somewhere.
    fileprivate var isShown: Bool { isVisible && place.x.isFinite && place.y.isFinite }
}
