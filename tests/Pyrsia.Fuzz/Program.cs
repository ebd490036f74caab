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
        Pyrsia.Fuzz canary
        Exit code: 0 nothing found, 1 found, 2 wrong usage. The canary is wrong on purpose: it exits with 1.
        """;

    private const double CanarySeconds = 20;

    public static int Main(string[] args)
    {
        var seed = (int)Option(args, "--seed", 1);
        switch (args)
        {
            case ["list"]:
                foreach (var target in AllTargets.List) Console.WriteLine(target.Name);
                return 0;
            case ["smoke", ..]:
                var seconds = Option(args, "--seconds-per-target", 0.5);
                var found = 0;
                foreach (var target in AllTargets.List)
                    if (!Run(target, seconds, seed)) found++;
                return found == 0 ? 0 : 1;
            case ["run", var name, ..] when AllTargets.Find(name) is { } target:
                return Run(target, Option(args, "--seconds", 60), seed) ? 0 : 1;
            case ["canary"]:
                return Run(Canary.Target, CanarySeconds, seed) ? 0 : 1;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static bool Run(FuzzTarget target, double seconds, int seed)
    {
        var result = new Fuzzer(target, seed, TimeProvider.System).Run(TimeSpan.FromSeconds(seconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name,-24} {result.Executions,10} executions {result.PerSecond,9:F0}/s{(result.Finding is null ? "" : "  FOUND")}"));
        if (result.Finding is not null) Console.WriteLine(result.Finding);
        return result.Finding is null;
    }

    private static double Option(string[] args, string name, double otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length && double.TryParse(args[at + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
    }
}
