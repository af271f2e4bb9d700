import SwiftUI

/// Whether things keep a number, a colour and a trail from frame to frame, and whether they are counted at a line.
struct TrackingButton: View {
    let model: AppModel

    var body: some View {
        IconButton(
            titleKey: model.isTracking ? "follow_nothing" : "follow_things",
            image: model.isTracking ? "number.circle.fill" : "number.circle"
        ) {
            model.isTracking.toggle()
        }
        if model.isTracking {
            IconButton(
                titleKey: model.isCounting ? "count_nothing" : "count_crossings",
                image: model.isCounting ? "arrow.right.arrow.left.circle.fill" : "arrow.right.arrow.left.circle"
            ) {
                model.isCounting.toggle()
            }
        }
    }
}
