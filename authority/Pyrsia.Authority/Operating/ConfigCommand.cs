using System.CommandLine;
using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Workers;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Operating;

/// <summary><c>pyrsia-authority config verify</c>: looks at everything that a start would look at, and says all that is wrong at once.</summary>
internal static class ConfigCommand
{
    private const int Faulty = 1;

    internal static Command Create(OptionSource source)
    {
        var (options, builders, storage, workers) = (new NodeCommandLine(source, "pyrsia-authority", tokens: true), new BuilderCommandLine(source), new StorageCommandLine(source), new WorkerCommandLine(source));
        var verify = new Command("verify", "Look at options, network file, keys and storage as a start would, and say all that is wrong. Changes nothing; exit code 0 when a start would succeed.");
        options.AddTo(verify);
        builders.AddTo(verify);
        storage.AddTo(verify);
        workers.AddTo(verify);
        verify.SetAction(result =>
        {
            var check = new ConfigCheck(TimeProvider.System);
            Action<Func<NodeOptions>, Func<StorageOptions>, Func<string, BuilderOptions>> look = workers.Read(result) is null ? check.Look : check.LookAtWorker;
            look(() => options.ReadUnchecked(result), () => storage.Read(result), directory => builders.Read(result, directory));
            foreach (var note in check.Notes) Console.Out.WriteLine(note);
            foreach (var fault in check.Faults) Console.Error.WriteLine($"Error: {fault.Message} (config)\n{fault.Advice}");
            if (check.Faults.Count > 0) return Faulty;
            Console.Out.WriteLine("A start would succeed.");
            return 0;
        });
        return new Command("config", "The authority's configuration.") { verify };
    }
}
