package edgegen

import android.hardware.display.DisplayManager
import androidx.activity.ComponentActivity
import androidx.core.content.ContextCompat
import androidx.lifecycle.DefaultLifecycleObserver
import androidx.lifecycle.LifecycleOwner

/**
 * Calls [onRotation] with the rotation of the display: once the activity is created, at each start, and after each change
 * until it stops.
 * A phone that is turned by 180 degrees gets no new activity and no new layout.
 */
fun ComponentActivity.followRotation(onRotation: (rotation: Int) -> Unit) {
    val activity = this
    val displays = getSystemService(DisplayManager::class.java)
    lifecycle.addObserver(object : DefaultLifecycleObserver, DisplayManager.DisplayListener {
        override fun onCreate(owner: LifecycleOwner) = report()

        override fun onStart(owner: LifecycleOwner) {
            displays.registerDisplayListener(this, null)
            report()
        }

        override fun onStop(owner: LifecycleOwner) = displays.unregisterDisplayListener(this)

        override fun onDisplayChanged(displayId: Int) = report()

        override fun onDisplayAdded(displayId: Int) = Unit

        override fun onDisplayRemoved(displayId: Int) = Unit

        private fun report() = onRotation(ContextCompat.getDisplayOrDefault(activity).rotation)
    })
}
