namespace Pyrsia.Fuzz;

/// <summary>Feeds a target: first its corpus as it is, then mutations of it, on a thread of its own so that an endless loop is a finding.</summary>
internal sealed class Fuzzer(FuzzTarget target, int seed, TimeProvider time)
{
    /// <summary>Longest time for one input. A decode takes microseconds; the rest is room for a busy machine.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    /// <summary>Most memory that one input may take in sum, in bytes: a hundred times the longest input with everything that is made of it.</summary>
    private const long MaxAllocated = 64 * 1024 * 1024;

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly long _start = time.GetTimestamp();
    private byte[] _input = [];
    private long _inputStart = time.GetTimestamp();
    private long _executions;
    private Finding? _finding;

    /// <summary>Runs until the time or the executions are used up, or something is found.</summary>
    public FuzzResult Run(TimeSpan duration, long executions = long.MaxValue)
    {
        var worker = new Thread(() => Work(duration, executions)) { IsBackground = true, Name = target.Name };
        worker.Start();
        while (!worker.Join(WatchInterval))
        {
            if (time.GetElapsedTime(Volatile.Read(ref _inputStart)) <= MaxTime) continue;
            return Result(Found(Volatile.Read(ref _input), $"takes longer than {MaxTime.TotalSeconds} s"));
        }
        return Result(_finding);
    }

    private void Work(TimeSpan duration, long executions)
    {
        var corpus = target.Corpus();
        foreach (var valid in corpus)
            if (!Try(valid)) return;
        var mutator = new Mutator(new Random(seed), corpus);
        while (_executions < executions && time.GetElapsedTime(_start) < duration)
            if (!Try(mutator.Next())) return;
    }

    private bool Try(byte[] input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _inputStart, time.GetTimestamp());
        _executions++;
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Check([.. input]);
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            if (taken > MaxAllocated) _finding = Found(input, $"takes {taken} bytes of memory");
        }
#pragma warning disable CA1031 // Whatever it throws is what is looked for.
        catch (Exception e)
        {
            _finding = Found(input, e is BrokenPromiseException ? e.Message : e.ToString());
        }
#pragma warning restore CA1031
        return _finding is null;
    }

    private Finding Found(byte[] input, string reason) => new(target.Name, seed, input, reason);

    private FuzzResult Result(Finding? finding) => new(target.Name, Volatile.Read(ref _executions), time.GetElapsedTime(_start), finding);
}
