namespace Pyrsia.Tests.Libp2p;

/// <summary>A clock that stands still until a test moves it, and then lets the timers that are due fire in their order.</summary>
internal sealed class SteppingTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(TimeSpan Due, TaskCompletionSource Set)> _waits = [];
    private TaskCompletionSource? _another;
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Ends when a timer stands, or is set, that fires after exactly this time.</summary>
    public Task TimerAsync(TimeSpan due)
    {
        lock (_gate)
        {
            if (_timers.Any(t => t.At == _now + due)) return Task.CompletedTask;
            var set = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((due, set));
            return set.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    /// <summary>Ends when so many timers stand that were set for no longer than this: loops that are done with what they had to do, and wait again.</summary>
    public async Task StandAsync(int count, TimeSpan longest)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            Task set;
            lock (_gate)
            {
                if (_timers.Count(t => t.At is not null && t.Wait <= longest) >= count) return;
                set = (_another ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await set.WaitAsync(patience.Token);
        }
    }

    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (true)
        {
            Timer? due;
            lock (_gate)
            {
                due = _timers.Where(t => t.At <= end).MinBy(t => t.At);
                _now = due is { At: { } at } ? at : end;
                if (due is null) return;
                due.At = due.Period is { } period ? _now + period : null;
            }
            due.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        lock (_gate)
        {
            _timers.Add(timer);
            timer.Change(dueTime, period);
        }
        return timer;
    }

    private sealed class Timer(SteppingTime clock, Action fire) : ITimer
    {
        public DateTimeOffset? At { get; set; }

        public TimeSpan? Period { get; private set; }

        public TimeSpan Wait { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Wait = dueTime;
                At = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                Period = period == Timeout.InfiniteTimeSpan || period == TimeSpan.Zero ? null : period;
                foreach (var (_, set) in clock._waits.Where(w => w.Due == dueTime)) set.TrySetResult();
                clock._waits.RemoveAll(w => w.Due == dueTime);
                clock._another?.TrySetResult();
                clock._another = null;
            }
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
