namespace Pyrsia.Fuzz;

/// <summary>Feeds a target: first its corpus and what was kept as they are, then mutations of both, on a thread of its own so that an endless loop is a finding.</summary>
/// <param name="target">The decoder.</param>
/// <param name="seed">Of the mutations.</param>
/// <param name="time">The clock.</param>
/// <param name="kept">Inputs of earlier runs.</param>
/// <param name="guide">Sees what inputs reach: those that reach something new are mutated too. Null: nobody looks.</param>
internal sealed class Fuzzer(FuzzTarget target, int seed, TimeProvider time, IReadOnlyList<byte[]>? kept = null, Guide? guide = null)
{
    /// <summary>Longest time for one input. A decode takes microseconds; the rest is room for a busy machine.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    /// <summary>Most memory that one input may take in sum, in bytes: a hundred times the longest input with everything that is made of it.</summary>
    private const long MaxAllocated = 64 * 1024 * 1024;

    /// <summary>Most inputs that are remembered for what they reach; no target has as many branches.</summary>
    private const int MaxWorthwhile = 4096;

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly long _start = time.GetTimestamp();
    private byte[] _input = [];
    private long _inputStart = time.GetTimestamp();
    private long _executions;
    private Finding? _finding;

    /// <summary>Inputs that reached something new, after a run with a guide.</summary>
    public List<byte[]> Worthwhile { get; } = [];

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
        List<byte[]> corpus = [.. target.Corpus(), .. kept ?? []];
        foreach (var input in corpus)
            if (!Try(input)) return;
            else guide?.IsNew();
        var mutator = new Mutator(new Random(seed), corpus);
        while (_executions < executions && time.GetElapsedTime(_start) < duration)
        {
            var input = mutator.Next();
            if (!Try(input)) return;
            if (guide is null || !guide.IsNew() || Worthwhile.Count == MaxWorthwhile) continue;
            Worthwhile.Add(input);
            corpus.Add(input);
        }
    }

    private bool Try(byte[] input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _inputStart, time.GetTimestamp());
        _executions++;
        guide?.Begin();
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
