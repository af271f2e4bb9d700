/// The keypoints that can be seen, and the limbs between them; of the best thing on top.
///
/// Limbs have the colour of the class, points one of their own each, the same in every pose.
struct KeypointLayer: Layer {
    let skeleton: [Limb]

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().flatMap { limbs(of: $0, mapping) + points(of: $0, mapping) }
    }

    private func limbs(of box: Box, _ mapping: PictureMapping) -> [Mark] {
        let (points, color) = (box.keypoints, ClassColor(classIndex: box.classIndex))
        return skeleton.compactMap { limb in
            guard points.indices.contains(limb.from), points.indices.contains(limb.to),
                points[limb.from].isVisible, points[limb.to].isVisible
            else { return nil }
            let ends = [points[limb.from], points[limb.to]].map { mapping.point(of: $0.place) }
            return .path(ends, isClosed: false, color)
        }
    }

    private func points(of box: Box, _ mapping: PictureMapping) -> [Mark] {
        box.keypoints.enumerated().compactMap { number, point in
            point.isVisible ? .dot(mapping.point(of: point.place), ClassColor(classIndex: number)) : nil
        }
    }
}
