using System.CommandLine;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Node.Hosting;

/// <summary><c>health</c>: asks a running program whether it lives, for health checks where there is neither a shell nor curl.</summary>
public static class HealthCommand
{
    private const int Unhealthy = 1;

    /// <summary>How long an answer may take: a live process answers at once, also a busy one within seconds.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Makes the command.</summary>
    /// <param name="source">Where values come from that the command line does not give.</param>
    /// <param name="program">Name of the program.</param>
    public static Command Create(OptionSource source, string program)
    {
        var options = new NodeCommandLine(source, program);
        var command = new Command("health", "Ask the program that runs with these options whether it lives. Exit code 0 when it does.");
        options.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var values = options.Read(result);
            var host = values.Host.Contains(':', StringComparison.Ordinal) ? $"[{values.Host}]" : values.Host;
            using var client = new HttpClient { Timeout = Limit };
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://{host}:{values.Port}{ApiRoutes.Live}"), cancellationToken);
                answer.EnsureSuccessStatusCode();
                await Console.Out.WriteLineAsync("ok");
                return 0;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                await Console.Error.WriteLineAsync($"Error: {host}:{values.Port} does not answer: {e.Message} (health)\nStart the program, or give the port and host that it was started with.");
                return Unhealthy;
            }
        });
        return command;
    }
}
