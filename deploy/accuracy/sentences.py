"""What people write around personal data; each list is in two halves by turns, as the names are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

# {v} is the value, {s} a surname, {n} a full name that is not what is looked for.
SENTENCES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "EMAIL_ADDRESS": (
            "Questions about the raw data go to {v}.",
            "Corresponding author: {v}",
            "The site coordinator ({v}) has the key list.",
            "Please send the corrected sheet to {v} before Friday.",
            "contact = {v}",
            "Uploaded by {v} on behalf of the lab",
            "If a scan is missing, write to <{v}> and copy the study nurse.",
            "cc: {v}",
        ),
        "PHONE_NUMBER": (
            "The participant can be reached by phone at {v} after 5 pm.",
            "Tel. {v}",
            "Call {v} if the device shows an alarm.",
            "mobile: {v}",
            "For emergencies outside office hours dial {v}.",
            "Her daughter answers under {v} on weekdays.",
            "Contact number of the family doctor: {v}",
            "Fax results to {v}, attention of the ward.",
            "She prefers to be texted on {v}.",
            "Left a voicemail, no answer ({v}).",
        ),
        "IBAN_CODE": (
            "Travel costs are to be paid to {v}.",
            "IBAN: {v}",
            "Reimburse the volunteer at account {v}, reference visit 3.",
            "Bank details as given on the form: {v}",
            "The compensation of 40 EUR was sent to {v} last week.",
            "payment via {v}",
        ),
        "US_SSN": (
            "SSN on file is {v}.",
            "Her social security number, {v}, was used for linkage.",
            "Matched with the registry by {v} and year of birth.",
            "ssn={v}",
            "Identity confirmed against {v} at check-in.",
            "Subject gave {v} as social security no. at enrolment.",
        ),
        "CREDIT_CARD": (
            "Parking was charged to card {v}.",
            "Credit card: {v}",
            "Please bill the Visa {v} for the antibodies.",
            "The order was paid with {v}, expiry 09/27.",
            "Payment card on record {v}",
            "Mastercard or Amex number: {v}",
        ),
        "US_PASSPORT": (
            "Passport no. {v}",
            "Travelled on US passport {v} to the partner site.",
            "The visa application lists passport number {v}.",
            "passport: {v}, checked at the gate",
        ),
        "UK_NHS": (
            "NHS number {v}",
            "The NHS no. of the mother is {v}.",
            "Linked to hospital episodes via NHS number: {v}",
            "nhs_number: {v}",
        ),
        "NATIONAL_ID": (
            "National insurance number {v}",
            "Her tax office lists her under Steuer-ID {v}.",
            "NI number: {v}, seen on the payslip",
            "Steueridentifikationsnummer {v}",
            "national ID of the volunteer: {v}",
            "NINO {v}",
        ),
        "DATE_OF_BIRTH": (
            "Date of birth: {v}",
            "The patient was born on {v} in a small town.",
            "DOB {v}",
            "Subject's birthday is {v}, see consent form.",
            "born {v}, right-handed",
            "birth date {v} was confirmed by the mother",
        ),
        "MEDICAL_RECORD_NUMBER": (
            "MRN: {v}",
            "The chart (medical record number {v}) was reviewed twice.",
            "Hospital number {v} was missing in the first export.",
            "Patient ID {v} on the old label",
        ),
    }
)  # fmt: skip

# {g} is a given name, {s} a surname, {i} the given name's initial.
NAMES: Sequence[str] = (
    "The interview was held by {g} {s} in the second week of the study.",
    "We thank {g} {s} for help with the recruitment of the older participants.",
    "Dr. {s} repeated the measurement because the first electrode had come loose.",
    "The consent form was signed by {g} {s} and kept in the locked cabinet.",
    "Participant {g} {s} asked to leave the study after the third visit.",
    "Mrs {s} reported headaches on both days and took one tablet of ibuprofen.",
    "According to {g} {s}, the medication had been changed shortly before the scan.",
    "{g} {s} was admitted with chest pain and discharged after two days.",
    "The sample was labelled by {i}. {s} and stored in the lower drawer.",
    "His wife {g} brought him to the clinic and stayed during the test.",
    "Dear {g}, please find the raw files of last week in the folder.",
    "On the second visit {g} {s} had trouble understanding the instructions.",
    "This patient, {g} {s}, lives alone and walks without help.",
    "I spoke with {g} {s} from the ward, who will send the missing pages.",
    "The recordings of {g} {s} were made with the old microphone.",
    "Kind regards, {g} {s}",
    "Mr. {g} {s} was not able to complete the last block of the task.",
    "The coordinator, {g} {s}, keeps the list that links codes to people.",
    "The mother of the child, {g} {s}, filled in the questionnaire at home.",
    "Two of the slides had been swapped, as {s} noticed during the review.",
    "Nurse {g} {s} drew the blood at eight in the morning.",
    "The second rater was {g} {s}, who did not know the diagnosis.",
    "After the fall {g} {s} used a walking frame for six weeks.",
    "Professor {s} has seen the images and agrees with the reading.",
)

# Headers of columns that tell what is in them, and headers that do not.
TELLING: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "EMAIL_ADDRESS": ("email", "e_mail", "contact_email", "Mail"),
        "PHONE_NUMBER": ("phone", "tel", "mobile_no", "PhoneNumber"),
        "IBAN_CODE": ("iban", "bank_account", "IBAN", "account_iban"),
        "US_SSN": ("ssn", "social_security", "SSN", "ss_number"),
        "CREDIT_CARD": ("card_number", "credit_card", "CardNo", "cc_number"),
        "US_PASSPORT": ("passport", "passport_no", "PassportNumber", "passport_nr"),
        "UK_NHS": ("nhs_number", "nhs", "NHS_no", "nhsnumber"),
        "NATIONAL_ID": ("national_id", "nino", "tax_id", "national_insurance_no"),
        "DATE_OF_BIRTH": ("dob", "date_of_birth", "BirthDate", "birthday"),
        "MEDICAL_RECORD_NUMBER": ("mrn", "medical_record_number", "MRN", "patient_mrn"),
        "PERSON": ("name", "patient_name", "participant", "full_name"),
    }
)
BARE: Sequence[str] = ("field_7", "c12", "info", "value2")
# What nobody could tell from other numbers and dates without a word beside it.
NEEDS_WORDS = frozenset(
    {"US_PASSPORT", "UK_NHS", "NATIONAL_ID", "DATE_OF_BIRTH", "MEDICAL_RECORD_NUMBER"}
)
