namespace Pyrsia.Builds.Dockerfiles;

/// <summary>
/// Ends a build that fills the disk. What programs that build write can be held by no quota that all file systems have, so the free space is looked at: an upper bound, since others write too, which is
/// why it is generous. It keeps a machine from running full, and no more.
/// </summary>
internal sealed class DiskWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private bool _ended;

    private DiskWatch(string folder, long bytes, TimeProvider time, CancellationTokenSource stop)
    {
        var drive = new DriveInfo(Existing(folder));
        var least = drive.AvailableFreeSpace - bytes;
        _timer = time.CreateTimer(
            _ =>
            {
                lock (_gate)
                {
                    if (_ended || IsOver || new DriveInfo(drive.Name).AvailableFreeSpace >= least) return;
                    IsOver = true;
                    stop.Cancel();
                }
            },
            null, Interval, Interval);
    }

    /// <summary>Whether it has ended the build.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>Begins to look.</summary>
    /// <param name="folder">A folder on the disk; of one that is not there, what is above it.</param>
    /// <param name="bytes">How much may be filled.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends the build; not disposed before this is.</param>
    internal static DiskWatch Start(string folder, long bytes, TimeProvider time, CancellationTokenSource stop) => new(folder, bytes, time, stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate) _ended = true; // what ends the build may be gone next
    }

    private static string Existing(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path)) path = Path.GetDirectoryName(path)!;
        return path;
    }
}
