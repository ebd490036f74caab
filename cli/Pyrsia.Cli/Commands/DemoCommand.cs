using System.CommandLine;
using Pyrsia.Cli.Demo;
using Pyrsia.Contracts;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create(CommandLine line)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave the network up." };
        var image = new Option<string?>("--image") { HelpName = "REF", Description = "An image of a real upstream in place of the demo's own." };
        var command = new Command("demo", "Puts an artifact through a whole network on this machine: request, agreement, log, pull from peer to peer, offline verification.") { keep, image };
        line.Bind(command, async (context, result, cancellationToken) =>
        {
            var reference = result.GetValue(image);
            if (reference is not null && !ImageReference.TryParse(reference, out _, out var error)) throw CliException.Usage(error, "Write the image as after docker pull, such as alpine:3.16.");
            var directory = Directory.CreateTempSubdirectory("pyrsia-demo-").FullName;
            var kept = false;
            var run = new DemoRun(context, directory, reference);
            try
            {
                var file = await run.RunAsync(restart: result.GetValue(keep), cancellationToken);
                kept = result.GetValue(keep);
                context.WriteLine(kept ? "The network stays up. Try next:" : "With --keep the network stays up, and you can try next:");
                foreach (var hint in DemoRun.Hints(file, directory, reference)) context.WriteLine("  " + hint);
                return ExitCode.Done;
            }
            finally
            {
                if (!kept) await RemoveAsync(run, directory);
            }
        });
        return command;
    }

    private static async Task RemoveAsync(DemoRun run, string directory)
    {
        if (File.Exists(Testnet.TestnetFile.PathIn(directory))) await run.DownAsync();
        Directory.Delete(directory, recursive: true);
    }
}
