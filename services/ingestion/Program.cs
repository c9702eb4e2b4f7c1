using EventSegmentation.Ingestion;
using Microsoft.AspNetCore.Connections;

const int wrongSettings = 2;

try
{
    await using var app = IngestionHost.Build(args);
    await app.RunAsync();
    return 0;
}
catch (WrongSettingException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return wrongSettings;
}
catch (IOException failure) when (failure.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{failure.Message} Set ASPNETCORE_URLS to a free one.");
    return wrongSettings;
}
