using System.Globalization;
using Pyrsia.Testing.Consensus;

namespace Pyrsia.Simulation;

/// <summary><c>Pyrsia.Simulation --schedules N [--n 4] [--seed S] [--threads T] [--ed25519] [--byzantine B] [--mutant NAME] [--trace]</c>: exit 0 without a violation, else 1.</summary>
internal static class CampaignCommand
{
    public static int Run(string[] args, TextWriter output, TimeProvider time)
    {
        var schedules = (int)Number(args, "--schedules", 1000);
        var participants = (int)Number(args, "--n", 4);
        var seed = Number(args, "--seed", 1);
        var threads = (int)Number(args, "--threads", 1);
        var byzantine = args.Contains("--byzantine") ? (int?)Number(args, "--byzantine", 0) : null;
        var keys = args.Contains("--ed25519") ? new Ed25519VoteKeys(participants, seed) : null;
        var delay = args.Contains("--delay") ? (int?)Number(args, "--delay", 0) : null;
        var network = args.Contains("--network-delay") ? (int?)Number(args, "--network-delay", 0) : null;
        var trace = args.Contains("--trace") ? output.WriteLine : (Action<string>?)null;
        var rules = args.Contains("--mutant") ? Mutants.Named(args[Array.IndexOf(args, "--mutant") + 1]) : null;
        var start = time.GetTimestamp();
        var result = SimulationCampaign.Run(
            participants, seed, schedules, rules, keys, threads: threads, adjust: o => o with { Byzantine = byzantine, DelayMs = delay, NetworkDelayMs = network, Trace = trace });
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"n={participants} schedules={result.Schedules} seconds={seconds:F1} schedules/s/core={result.Schedules / seconds / threads:F0} "
            + $"events/schedule={(double)result.Events / result.Schedules:F0} restarts/schedule={(double)result.Restarts / result.Schedules:F2} "
            + $"blocks/schedule={(double)result.Blocks / result.Schedules:F1} forks={result.Forks} violations={(result.Violation is null ? 0 : 1)}"));
        if (result.Violation is null) return 0;
        output.WriteLine($"seed {result.ViolatingSeed}: {result.Violation}");
        return 1;
    }

    private static ulong Number(string[] args, string name, ulong otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 || at + 1 >= args.Length ? otherwise : ulong.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
