import SwiftUI

/// Whether things keep a number, a colour and a trail from frame to frame.
struct TrackingButton: View {
    let model: AppModel

    var body: some View {
        IconButton(
            titleKey: model.isTracking ? "follow_nothing" : "follow_things",
            image: model.isTracking ? "number.circle.fill" : "number.circle"
        ) {
            model.isTracking.toggle()
        }
    }
}
