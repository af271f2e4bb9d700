import SwiftUI

/// Records what is seen with what is found in it; then how long already, and stops.
struct RecordButton: View {
    let model: AppModel
    let sharing: Sharing

    var body: some View {
        if case .running(let since) = sharing.recording {
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
        } else {
            IconButton(titleKey: "record_video", image: "record.circle") { Task { await sharing.record() } }
                .disabled(!model.photos.isLive || !model.results.hasResult || sharing.isBusy)
        }
    }
}
