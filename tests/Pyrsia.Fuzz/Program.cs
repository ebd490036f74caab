using System.Globalization;
using Pyrsia.Fuzz.Targets;

namespace Pyrsia.Fuzz;

/// <summary>Fuzzes the decoders that read bytes of peers, users and disks.</summary>
internal static class Program
{
    private const string Usage = """
        Pyrsia.Fuzz list
        Pyrsia.Fuzz smoke [--seconds-per-target 0.5] [--seed S]
        Pyrsia.Fuzz run TARGET --seconds N [--seed S]
        Pyrsia.Fuzz grow [TARGET] [--seconds-per-target 30] [--seed S]
        Pyrsia.Fuzz canary
        Every command begins with the inputs that were kept (tests/Pyrsia.Fuzz/corpus and found, or --kept DIR). 'grow' watches which branches inputs take
        and keeps those that reach more. Each command but the canary keeps what it finds, for the tests to replay.
        Exit code: 0 nothing found, 1 found, 2 wrong usage. The canary is wrong on purpose: it exits with 1.
        """;

    private const double CanarySeconds = 20;

    public static int Main(string[] args)
    {
        // Before anything that counts its branches there.
        var guide = args.Contains(Instrumentation.Argument) ? new Guide() : null;
        var seed = (int)Option(args, "--seed", 1);
        var at = Array.IndexOf(args, "--kept");
        var store = at >= 0 && at + 1 < args.Length ? new KeptInputs(args[at + 1]) : KeptInputs.OfCheckout;
        switch (args)
        {
            case ["list"]:
                foreach (var target in AllTargets.List) Console.WriteLine(target.Name);
                return 0;
            case ["smoke", ..]:
                var seconds = Option(args, "--seconds-per-target", 0.5);
                return AllTargets.List.Select(target => Run(target, seconds, seed, store)).ToList().TrueForAll(good => good) ? 0 : 1;
            case ["run", var name, ..] when AllTargets.Find(name) is { } target:
                return Run(target, Option(args, "--seconds", 60), seed, store) ? 0 : 1;
            case ["grow", ..] when guide is null:
                return Instrumentation.Run(at >= 0 ? args : [.. args, "--kept", store.Root]);
            case ["grow", var name, ..] when AllTargets.Find(name) is { } target:
                return Grow(target, Option(args, "--seconds-per-target", 30), seed, store, guide) ? 0 : 1;
            case ["grow", .. var rest] when rest.Length == 0 || rest[0].StartsWith('-'):
                return AllTargets.List.Select(target => Grow(target, Option(args, "--seconds-per-target", 30), seed, store, guide)).ToList().TrueForAll(good => good) ? 0 : 1;
            case ["canary"]:
                return Run(Canary.Target, CanarySeconds, seed, null) ? 0 : 1;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static bool Run(FuzzTarget target, double seconds, int seed, KeptInputs? store)
    {
        var result = new Fuzzer(target, seed, TimeProvider.System, store?.Of(target.Name)).Run(TimeSpan.FromSeconds(seconds));
        return Tell(result, store, "");
    }

    private static bool Grow(FuzzTarget target, double seconds, int seed, KeptInputs store, Guide guide)
    {
        var (result, before, after) = new Growth(target, store, guide).Run(TimeSpan.FromSeconds(seconds), seed, TimeProvider.System);
        return Tell(result, store, string.Create(CultureInfo.InvariantCulture, $"  kept {before,3} -> {after,3}"));
    }

    private static bool Tell(FuzzResult result, KeptInputs? store, string more)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Target,-24} {result.Executions,10} executions {result.PerSecond,9:F0}/s{more}{(result.Finding is null ? "" : "  FOUND")}"));
        if (result.Finding is not { } finding) return true;
        Console.WriteLine(finding);
        if (store is not null) Console.WriteLine($"  kept in {store.Keep(finding)}");
        return false;
    }

    private static double Option(string[] args, string name, double otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length && double.TryParse(args[at + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
    }
}
