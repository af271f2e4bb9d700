import SwiftUI

/// Records what is seen with what is found in it; then how long already, and stops. As soon as there is a video, a menu
/// of that and of a new one.
struct RecordButton: View {
    let model: AppModel
    let sharing: Sharing

    var body: some View {
        if case .running(let since) = model.state.recording.work {
            Button {
                Task { await sharing.stopRecording() }
            } label: {
                HStack(spacing: 4) {
                    Image(systemName: "record.circle.fill")
                        .foregroundStyle(.red)
                    Text(since, style: .timer)
                        .font(.subheadline.monospacedDigit())
                }
            }
            .accessibilityLabel("stop_recording")
        } else if model.state.recording.last == nil {
            record
        } else {
            Menu {
                record
                Button("share_recorded", systemImage: "square.and.arrow.up") { Task { await sharing.shareRecorded() } }
                    .disabled(model.state.isBusy)
            } label: {
                Label("record_video", systemImage: "record.circle")
            }
        }
    }

    private var record: some View {
        IconButton(titleKey: "record_video", image: "record.circle") { Task { await sharing.record() } }
            .disabled(!model.photos.isLive || !model.results.hasResult || model.state.isBusy)
    }
}
